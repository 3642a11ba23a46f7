import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libraryVersion } from '../../../lib/kernel/library.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const APPLICATION = fileURLToPath(new URL('application.mjs', import.meta.url));

interface Report {
  readonly name: string;
  readonly counts: readonly string[];
  readonly injected: boolean;
  readonly lines: readonly string[];
  readonly hints: readonly string[];
  readonly copies: readonly object[];
  readonly first: readonly string[];
  readonly second: readonly string[];
  readonly both: { readonly code: string; readonly message: string };
  readonly warned: readonly string[];
  readonly incompatible: readonly string[];
  readonly beside: readonly string[];
}

const COUNTS = [
  'commands_total{command_type="PlaceOrder",service="copies"} 1',
  'commands_total{command_type="Refunded",service="copies"} 1',
  'command_retries_total{command_type="PlaceOrder",error_type="Error",service="copies"} 1',
  'queries_total{query_type="OrderTotal",service="copies"} 1',
  'projection_events_processed_total{projection_name="OrderTotals",mode="live",service="copies"} 1',
  'event_store_operations_total{operation="append",outcome="success",service="copies"} 1',
  'event_store_operations_total{operation="read",outcome="success",service="copies"} 1',
  'events_written_total{stream_category="unknown",service="copies"} 2',
  'events_read_total{stream_category="unknown",service="copies"} 2',
].map((it) => `eventcore_${it}`);

describe('Copies of the library in one process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'copies-'));
  const copy = (name: string) => join(folder, name);
  let report: Report;

  beforeAll(() => {
    for (const it of ['app', 'linked', 'next-major']) {
      cpSync(join(ROOT, 'dist'), join(copy(it), 'dist'), { recursive: true });
      cpSync(join(ROOT, 'package.json'), join(copy(it), 'package.json'));
    }
    symlinkSync(join(ROOT, 'node_modules'), copy('node_modules'));
    makeIncompatible(join(copy('next-major'), 'dist/chunks/kernel.js'));
    const args = ['app', 'linked', 'next-major'].map(copy);
    const output = execFileSync(process.execPath, [APPLICATION, ...args], { encoding: 'utf8' });
    report = JSON.parse(output) as Report;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('Copies count what the decorators of either copy observe, once', () => {
    expect(report.counts).toEqual(COUNTS);
  });

  it('Copies have the running observation in common', () => {
    expect(report.name).toBe('PlaceOrder');
  });

  it('Copies inject the services of the application into classes that import them from the other copy', () => {
    expect(report.injected).toBe(true);
  });

  it('Copies inject the logger of the application into classes that import it from a copy that is loaded after `forRoot()`', () => {
    expect(report.lines).toContain('Parcel handed over');
  });

  it('Copies are listed by diagnose(), without a hint', () => {
    const version = libraryVersion;
    expect(report.copies).toEqual([
      { path: copy('app'), version, shared: true },
      { path: copy('linked'), version, shared: true },
    ]);
    expect(report.hints.join()).not.toContain('OBS_COPIES');
  });

  it('Copies count apart in an application with the module of one and an application with that of the other', () => {
    expect(report.first).toEqual(COUNTS);
    expect(report.second).toEqual(COUNTS);
  });

  it('Copies stop the start of an application that imports the modules of both, which it names', () => {
    expect(report.both.code).toBe('OBS_MODULE_DUPLICATE');
    expect(report.both.message).toContain(
      `${libraryVersion} from ${copy('app')} and ${libraryVersion} from ${copy('linked')}`,
    );
  });

  it('Copies name both paths and versions in a warning and in diagnose() where they are incompatible', () => {
    const problem =
      `OBS_COPIES_INCOMPATIBLE: @eventcore/nestjs-observability is loaded as ${libraryVersion} from ${copy('app')} ` +
      `and as 9.0.0 from ${copy('next-major')}`;
    expect(report.warned).toEqual([expect.stringContaining(problem)]);
    const found = report.incompatible.filter((it) => it.includes('OBS_COPIES'));
    expect(found).toEqual([expect.stringContaining(problem)]);
  });

  it('Copies do not disturb each other where they are incompatible', () => {
    expect(report.beside).toEqual([COUNTS[0]]);
  });
});

function makeIncompatible(file: string): void {
  const changed = readFileSync(file, 'utf8')
    .replace('const PROTOCOL = 1;', 'const PROTOCOL = 2;')
    .replace(`libraryVersion = "${libraryVersion}"`, 'libraryVersion = "9.0.0"');
  writeFileSync(file, changed);
}
