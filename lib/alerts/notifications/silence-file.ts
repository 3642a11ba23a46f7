import { createHash } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../kernel/files/made-folder.js';
import type { LabelMatcher } from '../../query/label-matcher.js';
import { matcherOf } from './matchers.js';
import type { AlertSilences, StoredSilence } from './alert-silences.js';

/** Silence as a file has it. */
export interface FileSilence {
  readonly id?: string;
  readonly matchers?: readonly string[];
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly createdBy?: string;
  readonly comment?: string;
}

/**
 * Reads the silences of a file: `{ "silences": [{ "matchers": ["alertname=\"Slow\""], "endsAt": … }] }`. A file that is
 * missing has none.
 *
 * @throws Error of the system, SyntaxError for a file that is no JSON, TypeError for one without a list.
 */
export async function readSilenceFile(path: string): Promise<readonly FileSilence[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const read = JSON.parse(text) as { silences?: readonly FileSilence[] } | null;
  const silences = read?.silences;
  if (!Array.isArray(silences)) throw new TypeError('the file of silences has no list of silences');
  return silences as readonly FileSilence[];
}

/** Writes silences; the file is complete or as it was. @throws Error of the system */
export async function writeSilenceFile(
  path: string,
  silences: readonly FileSilence[],
): Promise<void> {
  const partial = `${path}.${process.pid}.tmp`;
  await makeFolder(dirname(path));
  try {
    await writeFile(partial, `${JSON.stringify({ silences }, undefined, 2)}\n`);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Returns a silence of a file; `undefined` for one without an end or with a matcher that is none. */
export function storedSilence(it: FileSilence | null): StoredSilence | undefined {
  const { matchers = [], endsAt = '', startsAt = '', createdBy = '', comment = '' } = it ?? {};
  const read = Array.isArray(matchers) ? matchers.map(matcherOf) : [];
  const known = read.filter((one) => one !== undefined);
  const endsAtMs = Date.parse(endsAt);
  const isSelective = known.some((one) => !one.matches(''));
  if (Number.isNaN(endsAtMs) || known.length < read.length || !isSelective) return undefined;
  const startsAtMs = Date.parse(startsAt) || 0;
  const id = it?.id ?? idOf(it);
  return { id, matchers: known.map(plain), startsAtMs, endsAtMs, createdBy, comment };
}

/** Returns a silence as a file has it. */
export function fileSilence(it: StoredSilence): FileSilence {
  const time = (ms: number) => new Date(ms).toISOString();
  return {
    id: it.id,
    matchers: it.matchers.map(
      ({ name, operator, value }) => `${name}${operator}${JSON.stringify(value)}`,
    ),
    startsAt: time(it.startsAtMs),
    endsAt: time(it.endsAtMs),
    createdBy: it.createdBy,
    comment: it.comment,
  };
}

/** File of silences that is read again when it has changed. */
export class SilenceFile {
  readonly #path: string;
  #read = '';
  #ids = new Set<string>();

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Takes over what has changed. A silence that is no longer in the file ends.
   *
   * @throws Error for a file that cannot be read, and after the change for silences that are none.
   */
  async follow(silences: AlertSilences): Promise<void> {
    const state = await stat(this.#path).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
      () => 'none',
    );
    if (state === this.#read) return;
    const entries = await readSilenceFile(this.#path);
    this.#read = state;
    const read = entries.flatMap((it) => storedSilence(it) ?? []);
    const ids = new Set(read.map(({ id }) => id));
    for (const it of read) silences.put(it);
    for (const it of this.#ids) if (!ids.has(it)) silences.expire(it);
    this.#ids = ids;
    const wrong = entries.length - read.length;
    if (wrong > 0)
      throw new TypeError(`${wrong} silences of the file have no end, or a matcher that is none`);
  }
}

function plain({ name, operator, value }: LabelMatcher) {
  return { name, operator, value };
}

/** The same silence keeps its id when the file is read again. */
function idOf(it: FileSilence | null): string {
  return createHash('sha256').update(JSON.stringify(it)).digest('hex').slice(0, 16);
}
