import { defineConfig } from 'vitest/config';

/** Time limit of the hooks that start servers, databases and samples; on a busy machine one of them takes half a minute. */
const START_MS = 240_000;

/** Lanes that `npm test` leaves out, with the time limits of their hooks and what they prepare. Specs outside of their folders belong to `npm test`. */
const OTHER_LANES = {
  // Loading the library once for each spec would take a third of the lane.
  e2e: { hookTimeout: START_MS, isolate: false },
  // Hooks of this lane install packages from the registry and compile applications.
  compat: { hookTimeout: 300_000, globalSetup: ['test/compat/packed-library.ts'] },
  soak: { hookTimeout: 300_000 },
};

const specsOf = (lane: string) => `test/${lane}/**/*.spec.ts`;

/** Specs that need a process of their own: they replace modules, or look at what the process as a whole has. */
const ALONE = 'test/**/*.alone.spec.ts';
const ALONE_E2E = 'test/e2e/**/*.alone.spec.ts';
/** Specs of samples run as a user runs them. */
const OF_SAMPLES = 'sample/*/test/**/*.spec.ts';

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.spec.ts'],
          exclude: [ALONE, ...Object.keys(OTHER_LANES).map(specsOf)],
          // Loading the library once for each spec would take a third of the lane.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'fast-alone',
          include: [ALONE, OF_SAMPLES],
          exclude: Object.keys(OTHER_LANES).map(specsOf),
        },
      },
      ...Object.entries(OTHER_LANES).map(([name, limits]) => ({
        extends: true as const,
        test: { name, include: [specsOf(name)], exclude: [ALONE_E2E], ...limits },
      })),
      {
        extends: true,
        test: { name: 'e2e-alone', include: [ALONE_E2E], hookTimeout: START_MS },
      },
    ],
    globalSetup: ['test/system/build-samples.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two processes at most: the end-to-end tests start servers and databases of their own.
    maxWorkers: 2,
    execArgv: ['--expose-gc'],
    coverage: { provider: 'v8', include: ['lib/**'], reporter: ['text-summary', 'lcov'] },
  },
});
