import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { matcherOf } from './matchers.js';
import type { AlertSilences, StoredSilence } from './alert-silences.js';

interface FileSilence {
  readonly id?: string;
  readonly matchers?: readonly string[];
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly createdBy?: string;
  readonly comment?: string;
}

/** Reads the silences of a file: `{ "silences": [{ "matchers": ["alertname=\"Slow\""], "endsAt": … }] }`. */
async function readSilences(path: string): Promise<readonly StoredSilence[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const { silences } = JSON.parse(text) as { silences?: readonly FileSilence[] };
  if (!Array.isArray(silences)) throw new TypeError('the file of silences has no list of silences');
  return (silences as readonly FileSilence[]).flatMap((it) => silenceOf(it) ?? []);
}

/** File of silences that is read again when it has changed. */
export class SilenceFile {
  readonly #path: string;
  #readMs = -1;
  #ids = new Set<string>();

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes over what has changed. A silence that is no longer in the file ends. */
  async follow(silences: AlertSilences): Promise<void> {
    const changedMs = await stat(this.#path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    if (changedMs === this.#readMs) return;
    const read = await readSilences(this.#path);
    this.#readMs = changedMs;
    const ids = new Set(read.map(({ id }) => id));
    for (const it of read) silences.put(it);
    for (const it of this.#ids) if (!ids.has(it)) silences.expire(it);
    this.#ids = ids;
  }
}

function silenceOf(it: FileSilence): StoredSilence | undefined {
  const matchers = (it.matchers ?? []).map(matcherOf);
  const endsAtMs = Date.parse(it.endsAt ?? '');
  if (Number.isNaN(endsAtMs) || matchers.some((one) => one === undefined)) return undefined;
  return {
    id: it.id ?? randomUUID(),
    matchers: matchers.flatMap((one) =>
      one === undefined ? [] : [{ name: one.name, operator: one.operator, value: one.value }],
    ),
    startsAtMs: Date.parse(it.startsAt ?? '') || 0,
    endsAtMs,
    createdBy: it.createdBy ?? '',
    comment: it.comment ?? '',
  };
}
