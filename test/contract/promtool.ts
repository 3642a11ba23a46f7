import { spawnSync } from 'node:child_process';
import { systemProgram } from '../system/system-program.js';

/** promtool of Debian's package prometheus; `undefined` when it is not installed. */
export const promtool = systemProgram('promtool');

/** What `promtool check metrics` says about a scrape; empty when it has nothing to say. */
export function checkMetrics(text: string): string {
  const { status, stdout, stderr, error } = spawnSync(promtool as string, ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  const said = stdout + stderr;
  // At a syntax error it stops reading.
  if (error !== undefined && said === '') throw error;
  return status === 0 || said !== '' ? said : `exit code ${status}`;
}
