import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './npm.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/.bin/tsc');

/**
 * Packs the library as `npm publish` would. It is built anew and outside of `dist`, which other tests read meanwhile.
 *
 * @returns Path of the tarball, in a new directory.
 */
export function packLibrary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'compat-library-'));
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    const file = join(ROOT, name);
    if (existsSync(file)) cpSync(file, join(directory, name));
  }
  const dist = join(directory, 'dist');
  execFileSync(process.execPath, [TSC, '-p', 'tsconfig.build.json', '--outDir', dist], {
    cwd: ROOT,
  });
  execFileSync(process.execPath, ['scripts/bundle.mjs', dist], { cwd: ROOT });
  const packed = npm(['pack', '--ignore-scripts', '--json'], directory);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  return join(directory, filename);
}
