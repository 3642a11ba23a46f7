import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../../../../lib/kernel/files/made-folder.js';

describe('`makeFolder()`', () => {
  let place: string;

  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'folders-'));
  });
  afterEach(() => rm(place, { recursive: true }));

  it('`makeFolder()` makes the folders that are missing, and takes those that are there', async () => {
    const path = join(place, 'a/b/c');
    await Promise.all([makeFolder(path), makeFolder(path), makeFolder(join(place, 'a/b/d'))]);
    expect((await stat(path)).isDirectory()).toBe(true);
    await makeFolder(path);
    await mkdir(join(place, 'target'));
    await symlink(join(place, 'target'), join(place, 'link'));
    await makeFolder(join(place, 'link'));
    await makeFolder(join(place, 'link', 'inside'));
    expect((await stat(join(place, 'target/inside'))).isDirectory()).toBe(true);
  });

  it('`makeFolder()` rejects a path with a file on it', async () => {
    await writeFile(join(place, 'file'), '');
    await expect(makeFolder(join(place, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(place, 'file/sub'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(makeFolder('')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.runIf(existsSync('/proc/self'))(
    '`makeFolder()` ends where a file system refuses folders as if their parents were missing',
    async () => {
      await expect(makeFolder('/proc/folder')).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(makeFolder('/proc/folder/below')).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );
});
