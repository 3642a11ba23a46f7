import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const NAME = 'lock';
const TOKEN_BYTES = 4;
/** Time without a sign of life after which an owner elsewhere has lost the directory. */
const STALE_MS = 20_000;
// Longer than another process takes from looking at the lock to replacing it.
const TAKE_OVER_MS = 100;

/** Process that owns a directory. */
interface Owner {
  readonly token: string;
  readonly pid: number;
  /** Start of the process, which a later process of the same number does not share. Only on Linux. */
  readonly started: string;
  /** Host and process namespace, in which `pid` means something. */
  readonly place: string;
}

/**
 * Ownership of a directory. It ends with `release()`, with the process, and for a process that cannot be seen from here
 * after 20 seconds without `refresh()`.
 */
export class DirectoryLock {
  /** Eight hexadecimal digits, different for every lock. */
  readonly token: string;
  readonly #path: string;

  private constructor(path: string, token: string) {
    this.#path = path;
    this.token = token;
  }

  /**
   * Takes the lock of a directory.
   *
   * @returns `undefined` while another process owns the directory.
   * @throws Error of the system for a directory that cannot be written.
   */
  static async take(directory: string): Promise<DirectoryLock | undefined> {
    const path = join(directory, NAME);
    const token = randomBytes(TOKEN_BYTES).toString('hex');
    const { pid } = process;
    const started = (await startOf(pid)) ?? '';
    const owner: Owner = { token, pid, started, place: placeOfProcesses() };
    const lock = new DirectoryLock(path, token);
    if (await lock.#create(JSON.stringify(owner))) return lock;
    if (await isHeld(path)) return undefined;
    await lock.#replace(JSON.stringify(owner));
    return (await lock.isMine()) ? lock : undefined;
  }

  /** Returns true while this lock is the one in the directory. */
  async isMine(): Promise<boolean> {
    return (await ownerIn(this.#path))?.token === this.token;
  }

  /** Shows that the owner is alive. @returns False once another process has taken the directory. */
  async refresh(): Promise<boolean> {
    if (!(await this.isMine())) return false;
    const now = new Date();
    await utimes(this.#path, now, now);
    return true;
  }

  /** Leaves the directory to the next process. */
  async release(): Promise<void> {
    if (await this.isMine()) await rm(this.#path, { force: true });
  }

  async #create(text: string): Promise<boolean> {
    try {
      await writeFile(this.#path, text, { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      // A full disk leaves an empty file.
      if (await isEmpty(this.#path)) await rm(this.#path, { force: true });
      throw error;
    }
  }

  /** Of several processes that replace a lock at the same time, the last one has it. */
  async #replace(text: string): Promise<void> {
    const own = `${this.#path}.${this.token}`;
    try {
      await writeFile(own, text);
      await rename(own, this.#path);
    } catch (error) {
      await rm(own, { force: true });
      throw error;
    }
    await setTimeout(TAKE_OVER_MS, undefined, { ref: false });
  }
}

async function isHeld(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path);
  if (Math.abs(Date.now() - mtimeMs) > STALE_MS) return false;
  const owner = await ownerIn(path);
  if (owner === undefined || owner.place !== placeOfProcesses()) return true;
  return isAlive(owner);
}

async function isAlive({ pid, started }: Owner): Promise<boolean> {
  const now = await startOf(pid);
  if (now !== undefined || started !== '') return now === started;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function ownerIn(path: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Owner;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A lock that is being written has no content yet.
    if (error instanceof SyntaxError || code === 'ENOENT') return undefined;
    throw error;
  }
}

async function isEmpty(path: string): Promise<boolean> {
  return stat(path).then(
    ({ size }) => size === 0,
    () => false,
  );
}

/** Returns the start of a process in ticks since the boot; `undefined` without such a process, or without /proc. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The name before the last parenthesis may contain anything; the start is the 20th field after it.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function placeOfProcesses(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}
