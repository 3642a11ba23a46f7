/** Fields of a group in the reply of `XINFO GROUPS`. */
export interface GroupReply {
  readonly lastDeliveredId: string;
  /** Number of delivered entries that are not acknowledged. */
  readonly pending: number;
  /** Number of entries that are not delivered; `undefined` when the server does not know it. */
  readonly lag: number | undefined;
}

/** Parses the reply of `XINFO GROUPS` into groups by name. */
export function groupsOf(reply: unknown): ReadonlyMap<string, GroupReply> {
  const groups = listOf(reply).map((it): [string, GroupReply] => {
    const fields = fieldsOf(it);
    const lag = fields.get('lag');
    return [
      String(fields.get('name')),
      {
        lastDeliveredId: String(fields.get('last-delivered-id')),
        pending: Number(fields.get('pending')),
        lag: lag === undefined || lag === null ? undefined : Number(lag),
      },
    ];
  });
  return new Map(groups);
}

/** Parses the last generated id from the reply of `XINFO STREAM`; `null` when the stream never had an entry. */
export function lastIdOf(reply: unknown): string | null {
  return positionOf(String(fieldsOf(reply).get('last-generated-id')));
}

/** Parses the smallest pending id from the reply of `XPENDING`; `undefined` when no entry is pending. */
export function smallestPendingOf(reply: unknown): string | undefined {
  const [, smallest] = listOf(reply);
  return smallest === undefined || smallest === null ? undefined : String(smallest);
}

/** Parses the first id from the reply of `XRANGE`. */
export function firstIdOf(reply: unknown): string | undefined {
  const [entry] = listOf(reply);
  return entry === undefined ? undefined : String(listOf(entry)[0]);
}

/** Returns `null` for the place before every entry. */
export function positionOf(id: string): string | null {
  return id === '0-0' ? null : id;
}

const LAST_SEQUENCE = 2n ** 64n - 1n;

/** Returns the place right before an entry. */
export function placeBefore(id: string): string | null {
  const [time = 0n, sequence = 0n] = id.split('-').map(BigInt);
  if (sequence > 0n) return positionOf(`${time}-${sequence - 1n}`);
  return time === 0n ? null : `${time - 1n}-${LAST_SEQUENCE}`;
}

/** Returns the recording time in a server-generated id, in Unix milliseconds. */
export function recordedMsOf(id: string): number {
  return Number(id.split('-')[0]);
}

function fieldsOf(reply: unknown): ReadonlyMap<string, unknown> {
  const list = listOf(reply);
  const names = list.filter((_, i) => i % 2 === 0);
  return new Map(names.map((name, i) => [String(name), list[2 * i + 1]]));
}

function listOf(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw new TypeError('the Redis reply is not an array: configure the client for RESP2');
}
