import { endsWithin } from '../kernel/time-limit.js';
import { SnapshotEncoder } from '../metrics/aggregation/portable-snapshot.js';
import type { PromClientMetric } from '../metrics/aggregation/sampled-metric.js';
import { SnapshotDecoder } from '../metrics/aggregation/snapshot-decoder.js';
import type { RegistrySnapshot } from '../metrics/snapshot/snapshot.js';
import type { MemberConnection } from './member-link.js';
import { encodeMessage, type MessageBody } from './message.js';

/** The metrics of all members at one instant. */
export interface AggregateReading {
  readonly snapshot: RegistrySnapshot;
  /** What applications have in registries of prom-client. */
  readonly sampled: readonly PromClientMetric[];
}

/** Some that were asked at the same time, and who of them has answered. */
export class PollRound {
  readonly #pending: Set<string>;
  readonly #missing: string[] = [];
  #finish: (() => void) | undefined;

  constructor(ids: Iterable<string>) {
    this.#pending = new Set(ids);
  }

  /** Those that did not answer. */
  get missing(): readonly string[] {
    return [...this.#missing, ...this.#pending];
  }

  /** Resolves when all have answered or the time is over. */
  async ends(limitMs: number): Promise<void> {
    if (this.#pending.size === 0) return;
    const finished = new Promise<void>((resolve) => (this.#finish = resolve));
    await endsWithin(finished, { limitMs });
  }

  /** Notes an answer. */
  answered(id: string): void {
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.end();
  }

  /** Does not wait for one any longer. */
  giveUp(id: string): void {
    if (!this.#pending.has(id)) return;
    this.#missing.push(id);
    this.answered(id);
  }

  /** Waits for nobody any longer. */
  end(): void {
    this.#finish?.();
  }
}

/** A member as the one that aggregates sees it. */
export class MemberMetrics {
  readonly connection: MemberConnection;
  /** Reads what it tells. */
  readonly decoder = new SnapshotDecoder();
  /** When it was heard last, by the monotonic clock. */
  heardAtMs: number;
  readonly #id: string;
  readonly #encoder = new SnapshotEncoder();

  constructor(id: string, connection: MemberConnection, heardAtMs: number) {
    this.#id = id;
    this.connection = connection;
    this.heardAtMs = heardAtMs;
  }

  /** Asks what it has counted. */
  ask(request: number): void {
    this.send({ kind: 'ask', request, known: this.decoder.seq });
  }

  /** Answers a scrape that landed on it. */
  sendWhole({
    request,
    known,
    snapshot,
    sampled,
  }: AggregateReading & { readonly request: number; readonly known: number }): void {
    const portable = this.#encoder.encode(snapshot, known);
    this.send({ kind: 'whole', request, snapshot: portable, sampled });
  }

  /** Sends a message to it. */
  send(body: MessageBody): void {
    this.connection.send(encodeMessage({ member: this.#id, ...body }));
  }
}
