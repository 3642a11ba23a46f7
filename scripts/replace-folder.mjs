import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * Puts `fresh` in the place of `target`, whose files are removed afterwards. A folder with the same files stays: its
 * users notice nothing. The folders are on one file system; several processes may replace one target at the same time.
 */
export function replaceFolder(target, fresh) {
  if (hasSameFiles(target, fresh)) return;
  const old = `${fresh}-old`;
  // Node cannot exchange two folders: for some microseconds there is no target. Another process may fill the gap.
  for (let isPlaced = false; !isPlaced;) {
    rmSync(old, { recursive: true, force: true });
    tolerate(['ENOENT'], () => renameSync(target, old));
    isPlaced = tolerate(['ENOTEMPTY', 'EEXIST'], () => renameSync(fresh, target));
  }
  rmSync(old, { recursive: true, force: true });
}

function tolerate(codes, action) {
  try {
    return action() ?? true;
  } catch (error) {
    if (!codes.includes(error.code)) throw error;
    return false;
  }
}

function hasSameFiles(target, fresh) {
  const files = filesOf(fresh);
  const isSame = (file) => readFileSync(join(target, file)).equals(readFileSync(join(fresh, file)));
  // Missing, or just being replaced by another process.
  return tolerate(['ENOENT'], () => {
    if (files.join('\n') !== filesOf(target).join('\n')) return false;
    return files.every(isSame);
  });
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => relative(folder, join(it.parentPath, it.name)))
    .toSorted();
}
