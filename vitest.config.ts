import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ['test/**/*.spec.ts', 'sample/*/test/**/*.spec.ts'],
    globalSetup: ['test/system/build-samples.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two processes at most: the end-to-end tests start servers and databases of their own.
    maxWorkers: 2,
    execArgv: ['--expose-gc'],
    coverage: { provider: 'v8', include: ['lib/**'], reporter: ['text-summary', 'lcov'] },
  },
});
