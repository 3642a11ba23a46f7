import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './npm.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Packs the library as `npm publish` would, which builds it first.
 *
 * @returns Path of the tarball, in a new directory.
 */
export function packLibrary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'compat-library-'));
  const packed = npm(
    ['pack', '--json', '--foreground-scripts=false', '--pack-destination', directory],
    ROOT,
  );
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  return join(directory, filename);
}
