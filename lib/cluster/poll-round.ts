import { endsWithin } from '../kernel/time-limit.js';
import { SnapshotEncoder } from '../metrics/aggregation/portable-snapshot.js';
import type { PromClientMetric } from '../metrics/aggregation/sampled-metric.js';
import { SnapshotDecoder } from '../metrics/aggregation/snapshot-decoder.js';
import type { RegistrySnapshot } from '../metrics/snapshot/snapshot.js';
import type { MemberConnection } from './member-link.js';
import { encodeMessage, type MessageBody } from './message.js';

/** Metrics of all members at one instant. */
export interface AggregateReading {
  readonly snapshot: RegistrySnapshot;
  /** Metrics of prom-client registries of the applications. */
  readonly sampled: readonly PromClientMetric[];
}

/** Members polled together, and the answers outstanding. */
export class PollRound {
  readonly #pending: Set<string>;
  readonly #missing: string[] = [];
  #finish: (() => void) | undefined;

  constructor(ids: Iterable<string>) {
    this.#pending = new Set(ids);
  }

  /** Members that did not answer. */
  get missing(): readonly string[] {
    return [...this.#missing, ...this.#pending];
  }

  /** Resolves when all members have answered or the time limit expires. */
  async ends(limitMs: number): Promise<void> {
    if (this.#pending.size === 0) return;
    const finished = new Promise<void>((resolve) => (this.#finish = resolve));
    await endsWithin(finished, { limitMs });
  }

  /** Records an answer. */
  answered(id: string): void {
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.end();
  }

  /** Stops waiting for one member. */
  giveUp(id: string): void {
    if (!this.#pending.has(id)) return;
    this.#missing.push(id);
    this.answered(id);
  }

  /** Stops waiting for all members. */
  end(): void {
    this.#finish?.();
  }
}

/** Aggregator's view of a member. */
export class MemberMetrics {
  readonly connection: MemberConnection;
  /** Decodes the reports of the member. */
  readonly decoder = new SnapshotDecoder();
  /** Monotonic time of the last message. */
  heardAtMs: number;
  readonly #id: string;
  readonly #encoder = new SnapshotEncoder();

  constructor(id: string, connection: MemberConnection, heardAtMs: number) {
    this.#id = id;
    this.connection = connection;
    this.heardAtMs = heardAtMs;
  }

  /** Requests a report. */
  poll(request: number): void {
    this.send({ kind: 'ask', request, known: this.decoder.seq });
  }

  /** Answers a scrape of the member. */
  sendWhole({
    request,
    known,
    snapshot,
    sampled,
  }: AggregateReading & { readonly request: number; readonly known: number }): void {
    const portable = this.#encoder.encode(snapshot, known);
    this.send({ kind: 'whole', request, snapshot: portable, sampled });
  }

  /** Sends a message to the member. */
  send(body: MessageBody): void {
    this.connection.send(encodeMessage({ member: this.#id, ...body }));
  }
}
