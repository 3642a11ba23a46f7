import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { applicationVersion } from '../../../../lib/module/endpoints/application-version.js';

const root = mkdtempSync(join(tmpdir(), 'version-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function file(path: string, content: unknown = ''): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, typeof content === 'string' ? content : JSON.stringify(content));
  return full;
}

describe('the version of an application', () => {
  it('The version is that of the nearest package.json that states one', () => {
    file('package.json', { version: '1.0.0' });
    file('apps/shop/package.json', { version: '2.3.4-rc.1' });
    file('apps/shop/dist/package.json', { type: 'module' });
    file('apps/web/package.json', '{ broken');
    expect(applicationVersion(file('apps/shop/dist/main.js'))).toBe('2.3.4-rc.1');
    expect(applicationVersion(file('apps/web/main.js'))).toBe('1.0.0');
  });

  it('The version is unknown without a main file, and for a program that is installed', () => {
    file('node_modules/runner/package.json', { version: '9.9.9' });
    expect(applicationVersion(file('node_modules/runner/cli.js'))).toBeUndefined();
    expect(applicationVersion(join(root, 'gone.js'))).toBeUndefined();
  });
});
