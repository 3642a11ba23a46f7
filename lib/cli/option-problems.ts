import { ConfigurationError, type ConfigurationProblem } from '../kernel/configuration-error.js';
import { UsageError } from './command-io.js';

/** Returns the error of wrong options in the names of the command line; other errors as they are. */
export function asUsageError(error: unknown): unknown {
  if (!(error instanceof ConfigurationError)) return error;
  return new UsageError(error.problems.map((it) => `${error.code}: ${problemText(it)}`).join('\n'));
}

function problemText({ subject, rule, remedy }: ConfigurationProblem): string {
  const option = subject
    .replace(/^parameters\./, 'set ')
    .replace(/^slos\[(\d+)\]\.?/, (_, i: string) => `slo ${Number(i) + 1} `)
    .replace(/^aggregateBy.*/, 'aggregate-by')
    .replace('runbookUrl', 'runbook-url')
    .replace(/^receivers\./, 'receiver ');
  return `--${option.trim()} ${rule}. ${remedy}`;
}
