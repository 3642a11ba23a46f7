import type { Duplex, Readable, Writable } from 'node:stream';
import type { PipelineConnection } from '../connection.js';

/** Stream of Node.js: a Readable, Writable, Duplex or Transform. */
export type AnyNodeStream = Readable | Writable | Duplex;

/** Stream of a pipeline, as the streams of Node.js that feed it see it. */
export interface ChunkCounts {
  arrived(): void;
  sent(): void;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<string, Method | undefined>;

const UNBLOCKING: ReadonlySet<unknown> = new Set(['drain', 'error', 'close']);

/** One observed stream of Node.js. It does not keep the stream alive. */
export class NodeStream {
  readonly #stream: WeakRef<AnyNodeStream>;
  readonly #connection: PipelineConnection;
  #blockedSinceMs: number | undefined;
  #blockedMs = 0;
  /** Refusals that began. */
  refusals = 0;

  constructor(stream: AnyNodeStream, connection: PipelineConnection) {
    this.#stream = new WeakRef(stream);
    this.#connection = connection;
  }

  /** The stream; `undefined` once it is collected. */
  get stream(): AnyNodeStream | undefined {
    return this.#stream.deref();
  }

  /** Notes that the stream refuses further chunks. */
  block(): void {
    if (this.#blockedSinceMs !== undefined) return;
    this.refusals++;
    this.#blockedSinceMs = this.#nowMs();
  }

  /** Notes that nobody has to wait for the stream any more. */
  unblock(): void {
    if (this.#blockedSinceMs === undefined) return;
    this.#blockedMs += this.#nowMs() - this.#blockedSinceMs;
    this.#blockedSinceMs = undefined;
  }

  /** Returns the milliseconds of refusal since the last call, including one that has not ended. */
  takeBlockedMs(): number {
    if (this.#blockedSinceMs !== undefined) {
      this.unblock();
      this.#blockedSinceMs = this.#nowMs();
    }
    const blockedMs = this.#blockedMs;
    this.#blockedMs = 0;
    return blockedMs;
  }

  /** Returns the refusals since the last call. */
  takeRefusals(): number {
    const { refusals } = this;
    this.refusals = 0;
    return refusals;
  }

  #nowMs(): number {
    return this.#connection.clock.monotonicMs();
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
    if (event === 'data' && isReadable) counts.sent();
    if (UNBLOCKING.has(event)) node.unblock();
    if (event === 'close') closed();
  });
  if (!isWritable) {
    around(methods, 'push', ([chunk]) => isChunk(chunk) && counts.arrived());
    return;
  }
  around(methods, 'end', ([chunk]) => {
    if (isChunk(chunk)) counts.arrived();
    node.unblock();
  });
  observeWrites(methods, node, counts);
  if (isReadable) return;
  around(methods, '_write', () => counts.sent());
  around(methods, '_writev', ([chunks]) => {
    for (let i = (chunks as unknown[]).length; i > 0; i--) counts.sent();
  });
}

/** Sees the events of an emitter before its listeners do. */
export function onEmit(emitter: object, see: (event: unknown) => void): void {
  around(emitter as Methods, 'emit', ([event]) => see(event));
}

function observeWrites(methods: Methods, node: NodeStream, counts: ChunkCounts): void {
  const original = methods['write'] as Method;
  replace(methods, 'write', function (...args) {
    counts.arrived();
    const isAccepted = Reflect.apply(original, this, args);
    if (isAccepted === false && (this as Writable).writableNeedDrain) node.block();
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
