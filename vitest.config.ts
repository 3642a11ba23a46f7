import { defineConfig } from 'vitest/config';

/** The lanes that `npm test` leaves out. What no folder of theirs holds belongs to `npm test`. */
const OTHER_LANES = ['e2e', 'compat', 'soak'];

const specsOf = (lane: string) => `test/${lane}/**/*.spec.ts`;

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.spec.ts', 'sample/*/test/**/*.spec.ts'],
          exclude: OTHER_LANES.map(specsOf),
        },
      },
      ...OTHER_LANES.map((name) => ({
        extends: true as const,
        test: { name, include: [specsOf(name)] },
      })),
    ],
    globalSetup: ['test/system/build-samples.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two processes at most: the end-to-end tests start servers and databases of their own.
    maxWorkers: 2,
    execArgv: ['--expose-gc'],
    coverage: { provider: 'v8', include: ['lib/**'], reporter: ['text-summary', 'lcov'] },
  },
});
