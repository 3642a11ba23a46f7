import type { Duplex, Readable, Writable } from 'node:stream';
import type { BlockedTime } from '../health/blocked-time.js';
import { ChunkAges } from './chunk-ages.js';

/** Stream of Node.js: a Readable, Writable, Duplex or Transform. */
export type AnyNodeStream = Readable | Writable | Duplex;

/** Stream of a pipeline, as the streams of Node.js that feed it see it. */
export interface ChunkCounts {
  /** @returns Time of the arrival: Unix time in milliseconds, to the turn of the event loop. */
  arrived(): number;
  sent(): void;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<string, Method | undefined>;

const UNBLOCKING: ReadonlySet<unknown> = new Set(['drain', 'error', 'close']);

/** One observed stream of Node.js. It does not keep the stream alive. */
export class NodeStream {
  readonly #stream: WeakRef<AnyNodeStream>;
  /** Chunks in front of a writable side, or else behind a readable one. */
  readonly chunks = new ChunkAges();
  readonly blocked: BlockedTime | undefined;
  /** Refusals that began. */
  refusals = 0;

  constructor(stream: AnyNodeStream, blocked: BlockedTime | undefined) {
    this.#stream = new WeakRef(stream);
    this.blocked = blocked;
  }

  /** The stream; `undefined` once it is collected. */
  get stream(): AnyNodeStream | undefined {
    return this.#stream.deref();
  }

  /** Notes that the stream refuses further chunks. */
  refuse(): void {
    if (this.blocked?.block() === true) this.refusals++;
  }

  /** Notes that a readable side has handed a chunk on: without object mode, all chunks of its buffer become one. */
  deliver(): void {
    if ((this.stream as Readable | undefined)?.readableLength === 0) this.chunks.clear();
    else this.chunks.take();
  }

  /** Returns the refusals since the last call. */
  takeRefusals(): number {
    const { refusals } = this;
    this.refusals = 0;
    return refusals;
  }
}

/**
 * Watches the methods of one stream. Listeners would change it: one for `data` makes it flow, one for `error` hides the
 * error. The object that the methods refer to must not refer to the stream.
 */
export function watchNodeStream(
  stream: AnyNodeStream,
  { node, counts, closed }: { node: NodeStream; counts: ChunkCounts; closed: () => void },
): void {
  const methods = stream as unknown as Methods;
  const isWritable = typeof methods['write'] === 'function';
  const isReadable = typeof methods['push'] === 'function';
  onEmit(stream, (event) => {
    if (event === 'data' && isReadable) {
      counts.sent();
      if (!isWritable) node.deliver();
    }
    if (UNBLOCKING.has(event)) node.blocked?.unblock();
    if (event === 'close') closed();
  });
  if (!isWritable) {
    around(methods, 'push', ([chunk]) => isChunk(chunk) && node.chunks.arrive(counts.arrived()));
    return;
  }
  const isTaken = typeof methods['_write'] === 'function';
  const arrive = () => {
    const atMs = counts.arrived();
    if (isTaken) node.chunks.arrive(atMs);
  };
  around(methods, 'end', ([chunk]) => {
    if (isChunk(chunk)) arrive();
    node.blocked?.unblock();
  });
  observeWrites(methods, node, arrive);
  const take = () => {
    node.chunks.take();
    if (!isReadable) counts.sent();
  };
  around(methods, '_write', take);
  around(methods, '_writev', ([chunks]) => {
    for (let i = (chunks as unknown[]).length; i > 0; i--) take();
  });
}

/** Sees the events of an emitter before its listeners do. */
export function onEmit(emitter: object, see: (event: unknown) => void): void {
  around(emitter as Methods, 'emit', ([event]) => see(event));
}

function observeWrites(methods: Methods, node: NodeStream, arrive: () => void): void {
  const original = methods['write'] as Method;
  replace(methods, 'write', function (...args) {
    arrive();
    const isAccepted = Reflect.apply(original, this, args);
    if (isAccepted === false && (this as Writable).writableNeedDrain) node.refuse();
    return isAccepted;
  });
}

function isChunk(value: unknown): boolean {
  return value !== null && value !== undefined && typeof value !== 'function';
}

/** Runs something before a method. */
function around(methods: Methods, key: string, before: (args: unknown[]) => unknown): void {
  const original = methods[key];
  if (typeof original !== 'function') return;
  replace(methods, key, function (...args) {
    before(args);
    return Reflect.apply(original, this, args);
  });
}

function replace(methods: Methods, key: string, value: Method): void {
  Object.defineProperty(methods, key, {
    value,
    writable: true,
    configurable: true,
    enumerable: false,
  });
}
