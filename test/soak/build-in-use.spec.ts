import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TIMEOUT_MS = 180_000;

const node = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: ROOT });

const script = (source: string, ...args: string[]) =>
  node('--input-type=module', '--eval', source, ...args);

describe('build', () => {
  it(
    'A process can import the library while two builds run at the same time',
    async () => {
      const building = new AbortController();
      const builds = Promise.all(['first', 'second'].map(() => node('scripts/build.mjs'))).finally(
        () => building.abort(),
      );
      let imports = 0;
      while (!building.signal.aborted) {
        await script("await import('./dist/index.js')");
        imports++;
      }
      await builds;
      expect(imports).toBeGreaterThan(1);
      expect(readdirSync(ROOT).filter((it) => it.startsWith('dist'))).toEqual(['dist']);
    },
    TIMEOUT_MS,
  );
});

describe('replaceFolder', () => {
  const REPLACE = `
    import { mkdirSync, writeFileSync } from 'node:fs';
    import { replaceFolder } from './scripts/replace-folder.mjs';
    const [folder, name] = process.argv.slice(1);
    for (let round = 0; round < 200; round++) {
      const fresh = folder + '/' + name;
      mkdirSync(fresh);
      for (const file of ['a', 'b', 'c']) writeFileSync(fresh + '/' + file, name + round);
      replaceFolder(folder + '/target', fresh);
    }`;

  it('Processes that replace one folder at the same time leave the whole folder of one of them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'replace-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await Promise.all(['x', 'y', 'z'].map((name) => script(REPLACE, folder, name)));
    expect(readdirSync(folder)).toEqual(['target']);
    const contents = ['a', 'b', 'c'].map((it) => readFileSync(join(folder, 'target', it), 'utf8'));
    expect(contents[0]).toMatch(/^[xyz]199$/);
    expect(new Set(contents).size).toBe(1);
  });

  it('A folder with the same files is kept', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'replace-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const it of ['target', 'fresh']) {
      mkdirSync(join(folder, it));
      writeFileSync(join(folder, it, 'a'), 'same');
    }
    const inode = () => statSync(join(folder, 'target')).ino;
    const before = inode();
    await script(
      "import { replaceFolder } from './scripts/replace-folder.mjs'; replaceFolder(...process.argv.slice(1));",
      join(folder, 'target'),
      join(folder, 'fresh'),
    );
    expect(inode()).toBe(before);
  });
});
