import { packageEntries } from './scripts/package-entries.mjs';

export default {
  // Decorators have a second name, for files that import Command and Query of @nestjs/cqrs.
  rules: { duplicates: 'off' },
  workspaces: {
    '.': {
      entry: [...packageEntries.map(({ source }) => source), 'scripts/*.mjs', 'bench/*.{mjs,ts}'],
      project: ['lib/**/*.ts', 'test/**/*.ts', 'scripts/*.mjs', 'bench/**/*.{mjs,ts}'],
      ignore: ['test/compat/apps/**'],
      // startTelemetry() imports what its options ask for, by computed names.
      ignoreDependencies: ['@opentelemetry/core', '@opentelemetry/exporter-.*'],
    },
    'sample/*': {
      entry: ['src/main.ts'],
      project: ['src/**/*.ts', 'test/**/*.ts'],
    },
  },
};
