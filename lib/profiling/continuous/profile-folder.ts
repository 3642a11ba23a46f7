import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import { errorKind } from '../../kernel/faults.js';
import { makeFolder } from '../../kernel/files/made-folder.js';
import { fileNameOf, type TakenProfile } from '../formats/profile-kinds.js';
import type { ProfileTarget } from './profile-target.js';

/** Folder of profiles. */
export interface FolderOptions {
  readonly path: string;
  /** First word of the names of its files. Other files are left alone. */
  readonly prefix: string;
  /** Files to keep. */
  readonly keep: number;
  /** Path of the option, for errors. */
  readonly subject: string;
}

/** Writes profiles as `.cpuprofile` files, and removes the oldest. */
export class ProfileFolder implements ProfileTarget {
  readonly #options: FolderOptions;

  constructor(options: FolderOptions) {
    this.#options = options;
  }

  /** @throws ConfigurationError `OBS_OPTION_INVALID` for a folder that cannot be made. */
  async open(): Promise<void> {
    const { path, subject } = this.#options;
    await makeFolder(path).catch((error: unknown) => {
      throw new ConfigurationError('OBS_OPTION_INVALID', {
        subject,
        value: path,
        rule: `must be a folder that the process can make (${errorKind(error)})`,
        remedy: 'Pass a folder in which the process may write.',
      });
    });
  }

  async take(taken: TakenProfile<'cpu'>): Promise<string> {
    const { path, prefix } = this.#options;
    // Several processes may share the folder.
    const file = join(path, `${prefix}-${fileNameOf(taken)}-${process.pid}.cpuprofile`);
    const partial = `${file}.partial`;
    try {
      await writeFile(partial, JSON.stringify(taken.profile), { mode: 0o640 });
      await rename(partial, file);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    await this.#removeOldest();
    return file;
  }

  async #removeOldest(): Promise<void> {
    const { path, prefix, keep } = this.#options;
    const isOwn = (it: string) =>
      it.startsWith(`${prefix}-`) && /-cpu-\d{8}T\d{6}Z-\d+\.cpuprofile$/.test(it);
    // Names of one length sort by time.
    const names = (await readdir(path)).filter(isOwn).toSorted();
    for (const it of names.slice(0, -keep)) await rm(join(path, it), { force: true });
  }
}
