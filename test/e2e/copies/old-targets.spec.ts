import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageEntries } from '../../../scripts/package-entries.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const DIST = join(ROOT, 'dist');
const TSC = join(ROOT, 'node_modules/.bin/tsc');
const OPTIONS = [
  ...['--target', 'es2015', '--module', 'commonjs', '--esModuleInterop'],
  ...['--ignoreConfig', '--allowJs', '--noCheck', '--noResolve', '--types', ''],
];
const APPLICATION = fileURLToPath(new URL('application.mjs', import.meta.url));

// Node.js itself loads `register`, as `--import` names it, and modules compiled to CommonJS cannot wait.
const entries = packageEntries
  .map(({ types }) => types.replace(/^\.\/(.*)\.d\.ts$/, '$1.js'))
  .filter((it) => !it.endsWith('/register.js'));

// It contains what the compiler does for later targets.
describe('The files of the package compiled to ES2015', () => {
  const folder = mkdtempSync(join(tmpdir(), 'target-'));

  beforeAll(() => {
    compile(folder);
    writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }');
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('CommonJS of ES2015 loads from every entry', () => {
    const script = entries.map((it) => `require(${JSON.stringify(join(folder, it))});`).join('');
    const run = () => execFileSync(process.execPath, ['-e', script], { stdio: 'pipe' });
    expect(run).not.toThrow();
  });

  it('CommonJS of ES2015 counts exactly', () => {
    const args = [APPLICATION, folder, folder];
    const report = JSON.parse(
      execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' }),
    ) as {
      readonly name: string;
      readonly counts: readonly string[];
    };
    expect(report.name).toBe('PlaceOrder');
    expect(report.counts.map((it) => it.replace(/^eventcore_(\w+)\{.*\}/, '$1'))).toEqual([
      'commands_total 1',
      'commands_total 1',
      'command_retries_total 1',
      'queries_total 1',
      'projection_events_processed_total 1',
      'event_store_operations_total 1',
      'event_store_operations_total 1',
      'events_written_total 2',
      'events_read_total 2',
    ]);
  });
});

/** Compiles as ts-jest does where it transforms the files of this package, in the time of the native compiler. */
function compile(folder: string): void {
  const files = readdirSync(DIST, { recursive: true, encoding: 'utf8' })
    .filter((it) => it.endsWith('.js'))
    .map((it) => join(DIST, it));
  const places = ['--rootDir', DIST, '--outDir', join(folder, 'dist')];
  execFileSync(process.execPath, [TSC, ...OPTIONS, ...places, ...files], { stdio: 'pipe' });
}
