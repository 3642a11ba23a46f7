import { ConfigurationError, type ConfigurationProblem } from '../../kernel/configuration-error.js';

const SOURCES = ['useFactory', 'useClass', 'useExisting'];
const KNOWN = [...SOURCES, 'inject', 'imports', 'provideInjectionTokensFrom'];

/**
 * @param options - What `forRootAsync` was given besides the options that shape the module.
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 */
export function assertAsyncOptions(options: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(options).filter((it) => options[it] !== undefined);
  const problems = names
    .filter((it) => !KNOWN.includes(it))
    .map((it) => misplaced(it, options[it]));
  const sources = names.filter((it) => SOURCES.includes(it));
  if (sources.length !== 1) problems.push(noSource(sources));
  if (problems.length > 0) throw new ConfigurationError('OBS_OPTION_INVALID', ...problems);
}

function misplaced(subject: string, value: unknown): ConfigurationProblem {
  return {
    subject,
    value,
    rule: `forRootAsync takes ${KNOWN.join(', ')} and what shapes the module`,
    remedy: 'Return the option from the factory, or correct its name.',
  };
}

function noSource(sources: readonly string[]): ConfigurationProblem {
  return {
    subject: 'forRootAsync',
    value: sources,
    rule: `exactly one of ${SOURCES.join(', ')} is given`,
    remedy: 'Pass useFactory: () => options.',
  };
}
