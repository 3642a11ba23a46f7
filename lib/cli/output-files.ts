import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../kernel/files/made-folder.js';
import { errorKind } from '../kernel/faults.js';
import { UsageError } from './command-io.js';

/** File that a command writes. */
export interface OutputFile {
  readonly name: string;
  readonly text: string | Uint8Array;
}

/**
 * Writes files into a folder, which is made if it is missing. Every file is complete or not there.
 *
 * @returns Paths of the files.
 * @throws UsageError for a folder that cannot be written to.
 */
export async function writeFiles(folder: string, files: readonly OutputFile[]): Promise<string[]> {
  const pairs = files.map(({ name, text }) => {
    const path = join(folder, name);
    return { path, partial: `${path}.${process.pid}.partial`, text };
  });
  try {
    await makeFolder(folder);
    for (const { partial, text } of pairs) await writeFile(partial, text);
    for (const { path, partial } of pairs) await rename(partial, path);
    return pairs.map(({ path }) => path);
  } catch (error) {
    await Promise.allSettled(pairs.map(({ partial }) => rm(partial, { force: true })));
    throw new UsageError(
      `${JSON.stringify(folder)} cannot be written to (${errorKind(error)}). Pass a folder in which you may write`,
    );
  }
}
