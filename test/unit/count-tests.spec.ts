import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../scripts/count-tests.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'counts-'));

function result(name: string, counts: object, files: readonly object[] = []): string {
  const file = join(folder, `${name}.json`);
  const none = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  writeFileSync(file, JSON.stringify({ ...none, ...counts, testResults: files }));
  return file;
}

function count(...lanes: string[]) {
  const { stdout, status } = spawnSync(process.execPath, [SCRIPT, ...lanes], { encoding: 'utf8' });
  return { line: stdout, status };
}

describe('count-tests', () => {
  afterAll(() => rmSync(folder, { recursive: true }));

  it('The numbers of all lanes are added', () => {
    const fast = result('fast', { numPassedTests: 3, numPendingTests: 1 });
    const e2e = result('e2e', { numPassedTests: 2, numTodoTests: 1 });
    expect(count(`${fast}=0`, `${e2e}=0`)).toEqual({
      line: '5 passed, 0 failed, 2 skipped\n',
      status: 0,
    });
  });

  it('A file that does not load counts as a failure', () => {
    const lane = result('broken', { numPassedTests: 1, numFailedTests: 1 }, [
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: [{ status: 'failed' }] },
    ]);
    expect(count(`${lane}=1`)).toEqual({ line: '1 passed, 2 failed, 0 skipped\n', status: 1 });
  });

  it('A lane that fails without a failed test counts as a failure', () => {
    const lane = result('crashed', { numPassedTests: 4 });
    expect(count(`${lane}=1`)).toEqual({ line: '4 passed, 1 failed, 0 skipped\n', status: 1 });
  });

  it('A lane without a result counts as a failure', () => {
    expect(count(`${join(folder, 'missing.json')}=1`)).toEqual({
      line: '0 passed, 1 failed, 0 skipped\n',
      status: 1,
    });
  });
});
