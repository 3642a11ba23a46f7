import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  describeApiCopies,
  findApiCopies,
} from '../../../../../lib/tracing/start-up/sdk/api-copies.js';

const folders: string[] = [];

afterEach(() => {
  for (const it of folders.splice(0)) rmSync(it, { recursive: true });
});

/** A folder whose node_modules holds an API of its own. */
function applicationWith(version: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'api-copy-')));
  folders.push(folder);
  const api = join(folder, 'node_modules/@opentelemetry/api');
  mkdirSync(api, { recursive: true });
  writeFileSync(
    join(api, 'package.json'),
    JSON.stringify({ name: '@opentelemetry/api', version, main: 'index.js' }),
  );
  writeFileSync(join(api, 'index.js'), '');
  return folder;
}

const copies = (...versions: string[]) =>
  versions.map((version) => ({ version, path: `/${version}` }));

describe('copies of @opentelemetry/api', () => {
  it('One copy is found once, from wherever it resolves', () => {
    const found = findApiCopies(import.meta.url);
    expect(found).toHaveLength(1);
    expect(found[0]?.path).toMatch(/node_modules\/@opentelemetry\/api$/);
    expect(describeApiCopies(found)).toBeUndefined();
  });

  it('The copy of the application is found beside the one of the library', () => {
    const folder = applicationWith('1.99.0');
    const found = findApiCopies(import.meta.url, folder);
    expect(found).toHaveLength(2);
    expect(found.map((it) => it.version)).toContain('1.99.0');
    expect(found.map((it) => it.path)).toContain(join(folder, 'node_modules/@opentelemetry/api'));
  });

  it('A folder without one changes nothing', () => {
    expect(findApiCopies(import.meta.url, tmpdir())).toHaveLength(1);
  });

  it('Two versions are named with their paths and the one whose spans are lost', () => {
    const text = describeApiCopies(copies('1.9.1', '1.10.0'), '1.9.1');
    expect(text).toContain(
      'in 2 versions: 1.9.1 in /1.9.1; 1.10.0 in /1.10.0 (spans made through it are lost)',
    );
    expect(text).toContain('The SDK is registered through 1.9.1.');
  });

  it('An older copy sees what a newer one has registered', () => {
    expect(describeApiCopies(copies('1.9.1', '1.10.0'), '1.10.0')).not.toContain('are lost');
  });

  it('Two copies of one version are no reason to warn: they share their globals', () => {
    const same = [
      { version: '1.9.1', path: '/a' },
      { version: '1.9.1', path: '/b' },
    ];
    expect(describeApiCopies(same, '1.9.1')).toBeUndefined();
  });
});
