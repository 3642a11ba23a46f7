/** What `XINFO GROUPS` tells of a group. */
export interface GroupReply {
  readonly lastDeliveredId: string;
  /** Entries that were delivered and not acknowledged. */
  readonly pending: number;
  /** Entries that were not delivered; `undefined` when the server cannot tell. */
  readonly lag: number | undefined;
}

/** Groups by name, of the reply of `XINFO GROUPS`. */
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

/** Id of the last entry ever, of the reply of `XINFO STREAM`; `null` when there was none. */
export function lastIdOf(reply: unknown): string | null {
  return positionOf(String(fieldsOf(reply).get('last-generated-id')));
}

/** Smallest id among those that `XPENDING` sums up; `undefined` when there is none. */
export function smallestPendingOf(reply: unknown): string | undefined {
  const [, smallest] = listOf(reply);
  return smallest === undefined || smallest === null ? undefined : String(smallest);
}

/** Id of the first entry of the reply of `XRANGE`. */
export function firstIdOf(reply: unknown): string | undefined {
  const [entry] = listOf(reply);
  return entry === undefined ? undefined : String(listOf(entry)[0]);
}

/** `null` for the place before every entry. */
export function positionOf(id: string): string | null {
  return id === '0-0' ? null : id;
}

const LAST_SEQUENCE = 2n ** 64n - 1n;

/** The place right before an entry. */
export function placeBefore(id: string): string | null {
  const [time = 0n, sequence = 0n] = id.split('-').map(BigInt);
  if (sequence > 0n) return positionOf(`${time}-${sequence - 1n}`);
  return time === 0n ? null : `${time - 1n}-${LAST_SEQUENCE}`;
}

/** When an entry was recorded, if the server gave it its id. */
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
  throw new TypeError('the reply of Redis is no list: a client of the second protocol is needed');
}
