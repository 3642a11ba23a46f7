/** Fields of the reply of `XINFO STREAM`. */
export interface StreamReply {
  /** Last generated id, whatever became of the entry; `null` when the stream never had an entry. */
  readonly lastId: string | null;
  /** Id of the first entry that still exists; `null` in an empty stream, `undefined` when unknown. */
  readonly firstId: string | null | undefined;
  /** Number of existing entries; `undefined` when unknown. */
  readonly length: number | undefined;
  /** Number of entries that were removed, by a trim or one by one; `undefined` before Redis 7. */
  readonly removed: number | undefined;
  /** Largest id that was deleted one by one; `null` when none was, `undefined` before Redis 7. */
  readonly maxDeletedId: string | null | undefined;
}

/** Fields of a group in the reply of `XINFO GROUPS`. */
export interface GroupReply {
  readonly lastDeliveredId: string;
  /** Number of delivered entries that are not acknowledged. */
  readonly pending: number;
  /** Number of entries that are not delivered; `undefined` when the server does not know it. */
  readonly lag: number | undefined;
  /** Number of entries that the group has read; `undefined` when the server does not know it. */
  readonly read: number | undefined;
}

/** Parses the reply of `XINFO GROUPS` into groups by name. */
export function groupsOf(reply: unknown): ReadonlyMap<string, GroupReply> {
  const groups = listOf(reply).map((it): [string, GroupReply] => {
    const fields = fieldsOf(it);
    return [
      String(fields.get('name')),
      {
        lastDeliveredId: String(fields.get('last-delivered-id')),
        pending: Number(fields.get('pending')),
        lag: countOf(fields.get('lag')),
        read: countOf(fields.get('entries-read')),
      },
    ];
  });
  return new Map(groups);
}

/** Parses the reply of `XINFO STREAM`. */
export function streamOf(reply: unknown): StreamReply {
  const fields = fieldsOf(reply);
  const [length, added] = [countOf(fields.get('length')), countOf(fields.get('entries-added'))];
  const first = fields.get('first-entry');
  const deleted = fields.get('max-deleted-entry-id');
  return {
    lastId: positionOf(String(fields.get('last-generated-id'))),
    firstId: Array.isArray(first) ? String(first[0]) : (first as null | undefined),
    length,
    removed: added === undefined || length === undefined ? undefined : added - length,
    maxDeletedId: deleted === undefined ? undefined : positionOf(String(deleted)),
  };
}

/** Parses the number of pending entries and the smallest id from the reply of `XPENDING`. */
export function pendingOf(reply: unknown): {
  readonly count: number;
  readonly smallest: string | undefined;
} {
  const [count, smallest] = listOf(reply);
  const isNone = smallest === undefined || smallest === null;
  return { count: Number(count), smallest: isNone ? undefined : String(smallest) };
}

/** Parses the ids from the reply of `XRANGE`, or of `XPENDING` with a range. */
export function idsOf(reply: unknown): string[] {
  return listOf(reply).map((entry) => String(listOf(entry)[0]));
}

/** Returns `null` for the place before every entry. */
export function positionOf(id: string): string | null {
  return id === '0-0' ? null : id;
}

const LAST_SEQUENCE = 0xffff_ffff_ffff_ffffn;

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

function countOf(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : Number(value);
}

function listOf(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw new TypeError('the Redis reply is not an array: configure the client for RESP2');
}
