import type { Readable, Writable } from 'node:stream';
import type { BlockedTimes } from '../health/blocked-time.js';
import type { PipelineInstruments, StreamLabels } from '../connection.js';
import {
  type AnyNodeStream,
  type ChunkCounts,
  NodeStream,
  watchNodeStream,
} from './node-stream.js';

interface Buffer {
  length: number;
  ratio: number;
}

/** Streams of Node.js that are one stream of a pipeline. Closed and collected ones leave their counts only. */
export class NodeStreams {
  readonly #blocked: BlockedTimes;
  readonly #counts: ChunkCounts;
  readonly #open = new Set<NodeStream>();
  readonly #known = new WeakSet<AnyNodeStream>();
  readonly #collected = new FinalizationRegistry<NodeStream>((it) => this.#close(it));
  /** Buffers by side and mode; one that has been seen stays, at 0. */
  readonly #buffers = new Map<string, Buffer>();
  #refusals = 0;
  #hasWritable = false;

  constructor(blocked: BlockedTimes, counts: ChunkCounts) {
    this.#blocked = blocked;
    this.#counts = counts;
  }

  /** Number of streams that are open. */
  get open(): number {
    return this.#open.size;
  }

  /** Unix time in milliseconds at which the oldest chunk in a buffer arrived; `undefined` for none. */
  get oldestMs(): number | undefined {
    const times = [...this.#open].map(({ chunks }) => chunks.oldestMs ?? Infinity);
    const oldest = Math.min(...times);
    return oldest === Infinity ? undefined : oldest;
  }

  /** Number of chunks that open streams have taken out of their buffers. */
  get taken(): number {
    return [...this.#open].reduce((sum, { chunks }) => sum + chunks.taken, 0);
  }

  /** Observes a stream, once. */
  add(stream: AnyNodeStream): void {
    if (this.#known.has(stream)) return;
    if (typeof stream?.emit !== 'function')
      throw new TypeError('observe() takes a stream of Node.js');
    this.#known.add(stream);
    const isWritable = 'write' in stream;
    const node = new NodeStream(stream, isWritable ? this.#blocked.add() : undefined);
    watchNodeStream(stream, { node, counts: this.#counts, closed: () => this.#close(node) });
    this.#hasWritable ||= isWritable;
    this.#open.add(node);
    this.#collected.register(stream, node);
  }

  /** Brings the series up to date. */
  publish(
    { backpressure, bufferSize, bufferBytes, bufferUse }: PipelineInstruments['streams'],
    labels: StreamLabels,
  ): void {
    for (const it of this.#buffers.values()) it.length = it.ratio = 0;
    for (const it of this.#open) this.#take(it);
    if (this.#hasWritable) backpressure.labels(labels).inc(this.#refusals);
    this.#refusals = 0;
    for (const side of ['readable', 'writable'] as const) {
      const events = this.#buffers.get(`${side} events`);
      const bytes = this.#buffers.get(`${side} bytes`);
      if (events !== undefined) bufferSize.labels({ ...labels, side }).set(events.length);
      if (bytes !== undefined) bufferBytes.labels({ ...labels, side }).set(bytes.length);
      if ((events ?? bytes) === undefined) continue;
      const ratio = Math.max(events?.ratio ?? 0, bytes?.ratio ?? 0);
      bufferUse.labels({ ...labels, side }).set(ratio);
    }
  }

  #take(node: NodeStream): void {
    this.#refusals += node.takeRefusals();
    const view: BufferView = node.stream ?? {};
    const { readableLength, readableHighWaterMark, readableObjectMode } = view;
    const { writableLength, writableHighWaterMark, writableObjectMode } = view;
    this.#fill(`readable ${modeOf(readableObjectMode)}`, readableLength, readableHighWaterMark);
    this.#fill(`writable ${modeOf(writableObjectMode)}`, writableLength, writableHighWaterMark);
  }

  #fill(key: string, length: number | undefined, limit: number | undefined): void {
    if (length === undefined) return;
    const buffer = this.#buffers.get(key) ?? { length: 0, ratio: 0 };
    buffer.length += length;
    if (limit !== undefined && limit > 0) buffer.ratio = Math.max(buffer.ratio, length / limit);
    this.#buffers.set(key, buffer);
  }

  #close(node: NodeStream): void {
    if (!this.#open.delete(node)) return;
    if (node.blocked !== undefined) this.#blocked.remove(node.blocked);
    this.#refusals += node.takeRefusals();
  }
}

type BufferView = Partial<
  Pick<Readable, 'readableLength' | 'readableHighWaterMark' | 'readableObjectMode'> &
    Pick<Writable, 'writableLength' | 'writableHighWaterMark' | 'writableObjectMode'>
>;

function modeOf(isObjectMode: boolean | undefined): string {
  return isObjectMode === true ? 'events' : 'bytes';
}
