import { libraryName } from '../kernel/library.js';

// Raised when a message means something else: those of another version are left alone.
const VERSION = 1;

/** What a member tells the one that aggregates, and what it is told; other messages of the channel are not for us. */
export type MessageBody =
  // A member is there.
  | { readonly kind: 'hello'; readonly seriesLimit: number; readonly threadId: number }
  // What a member has counted: the answer to a request, or its last words.
  | {
      readonly kind: 'counts';
      readonly request: number;
      readonly isLast: boolean;
      readonly snapshot: unknown;
      readonly sampled?: unknown;
    }
  // A member wants to know the whole.
  | { readonly kind: 'scrape'; readonly request: number; readonly known: number }
  // Who is there?
  | { readonly kind: 'who' }
  // Somebody aggregates.
  | { readonly kind: 'welcome' }
  // A member is asked what it has counted.
  | { readonly kind: 'ask'; readonly request: number; readonly known: number }
  // The whole.
  | {
      readonly kind: 'whole';
      readonly request: number;
      readonly snapshot: unknown;
      readonly sampled: unknown;
    }
  | { readonly kind: 'failed'; readonly request: number; readonly reason: string };

/** A message of ours. */
export type ClusterMessage = MessageBody & {
  /** The member that it comes from or goes to; empty for all. */
  readonly member: string;
};

/** Name of the channel that threads meet on, and of what tells our messages from those of others. */
export const CHANNEL = `${libraryName}:cluster`;

/** Who sends or gets a message that is for all. */
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

/** A message as it travels. */
export function encodeMessage(message: ClusterMessage): object {
  return { [CHANNEL]: VERSION, ...message };
}

/** The message, when it is one of ours. */
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
