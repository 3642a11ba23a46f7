import { access, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing. `mkdir` of Node.js with `recursive` tries without end where a file
 * system refuses a folder as if its parent were missing, as `/proc` does.
 *
 * @throws Error of the system
 */
export async function makeFolder(path: string): Promise<void> {
  const refused = await refusalOf(path);
  if (refused === undefined) return;
  const parent = dirname(path);
  if (refused.code !== 'ENOENT' || (await isThere(parent))) throw refused;
  await makeFolder(parent);
  const again = await refusalOf(path);
  if (again !== undefined) throw again;
}

/** Tries once; `undefined` for a folder that is there now. */
async function refusalOf(path: string): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(path);
    return undefined;
  } catch (error) {
    const refusal = error as NodeJS.ErrnoException;
    if (refusal.code !== 'EEXIST') return refusal;
    return (await stat(path)).isDirectory() ? undefined : refusal;
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
