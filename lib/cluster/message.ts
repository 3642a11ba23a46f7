import { libraryName } from '../kernel/library.js';

// Incremented when the meaning of a message changes; messages of other versions are ignored.
const VERSION = 1;

/** Messages between members and the aggregator. Other messages on the channel are ignored. */
export type MessageBody =
  // Member to aggregator: announces a member.
  | { readonly kind: 'hello'; readonly seriesLimit: number; readonly threadId: number }
  // Member to aggregator: the metrics of a member, on request or as its final report.
  | {
      readonly kind: 'counts';
      readonly request: number;
      readonly isLast: boolean;
      readonly snapshot: unknown;
      readonly sampled?: unknown;
    }
  // Member to aggregator: requests the aggregated metrics.
  | { readonly kind: 'scrape'; readonly request: number; readonly known: number }
  // Aggregator to members: requests announcements.
  | { readonly kind: 'who' }
  // Aggregator to member: acknowledges an announcement.
  | { readonly kind: 'welcome' }
  // Aggregator to member: requests the metrics of the member.
  | { readonly kind: 'ask'; readonly request: number; readonly known: number }
  // Aggregator to member: the aggregated metrics.
  | {
      readonly kind: 'whole';
      readonly request: number;
      readonly snapshot: unknown;
      readonly sampled: unknown;
    }
  | { readonly kind: 'failed'; readonly request: number; readonly reason: string };

/** Addressed message. */
export type ClusterMessage = MessageBody & {
  /** Sending or receiving member; empty for all members. */
  readonly member: string;
};

/** Name of the channel of the threads, and marker that distinguishes the messages of this library. */
export const CHANNEL = `${libraryName}:cluster`;

/** Member id of a message to all members. */
export const ALL = '';

const FIELDS: Readonly<Record<MessageBody['kind'], readonly (readonly [string, string])[]>> = {
  hello: [
    ['seriesLimit', 'number'],
    ['threadId', 'number'],
  ],
  counts: [
    ['request', 'number'],
    ['isLast', 'boolean'],
  ],
  scrape: [
    ['request', 'number'],
    ['known', 'number'],
  ],
  who: [],
  welcome: [],
  ask: [
    ['request', 'number'],
    ['known', 'number'],
  ],
  whole: [['request', 'number']],
  failed: [
    ['request', 'number'],
    ['reason', 'string'],
  ],
};

/** Encodes a message for transport. */
export function encodeMessage(message: ClusterMessage): object {
  return { [CHANNEL]: VERSION, ...message };
}

/** Decodes a message; `undefined` for a foreign message. */
export function decodeMessage(message: unknown): ClusterMessage | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const fields = message as Readonly<Record<string, unknown>>;
  if (fields[CHANNEL] !== VERSION || typeof fields['member'] !== 'string') return undefined;
  const { kind } = fields;
  if (typeof kind !== 'string' || !Object.hasOwn(FIELDS, kind)) return undefined;
  const expected = FIELDS[kind as MessageBody['kind']];
  const fits = expected.every(([name, type]) => typeof fields[name] === type);
  return fits ? (message as ClusterMessage) : undefined;
}
