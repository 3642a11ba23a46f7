import { packageEntries, programSources } from './scripts/package-entries.mjs';

export default {
  // Decorators have a second name, for files that import Command and Query of @nestjs/cqrs.
  rules: { duplicates: 'off' },
  workspaces: {
    '.': {
      entry: [
        ...packageEntries.map(({ source }) => source),
        ...programSources,
        'scripts/*.mjs',
        'bench/*.{mjs,ts}',
        // Bundled for the browser.
        'lib/live/client/page.ts',
        // Files that a test names on a command line.
        'test/unit/cli/*-pack.ts',
      ],
      project: ['lib/**/*.ts', 'test/**/*.ts', 'scripts/**/*.mjs', 'bench/**/*.{mjs,ts}'],
      ignore: ['test/compat/apps/**'],
      ignoreDependencies: [
        // `npx nest generate` reads nest-cli.json; the schematics come with the CLI.
        '@nestjs/cli',
        '@nestjs/schematics',
        // A native package, imported where it is installed.
        'unix-dgram',
        // Tests and bundles take these from the package that brings them, so that both use one version:
        // the OTLP exporters and @nestjs/platform-ws.
        '@opentelemetry/otlp-.*',
        'ws',
        // Loaded without their types: test/e2e/logging/foreign-loggers.spec.ts.
        'nestjs-pino',
        'nest-winston',
        'winston',
        // Types of a package that tests import.
        '@types/smtp-server',
        // A script that a test runs in the page.
        'axe-core',
        // Installed ahead of the code that uses them.
        '@as-integrations/express5',
      ],
    },
    'sample/*': {
      entry: ['src/main.ts'],
      project: ['src/**/*.ts', 'test/**/*.ts'],
    },
  },
};
