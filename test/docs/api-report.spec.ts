import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../scripts/api-report.mjs', import.meta.url));
const TIMEOUT_MS = 180_000;

it(
  'The reports in etc/ show the public API as it is built',
  () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, '--check'], {
      encoding: 'utf8',
    });
    expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: '' });
  },
  TIMEOUT_MS,
);
