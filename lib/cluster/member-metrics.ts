import { SnapshotEncoder } from '../metrics/aggregation/portable-snapshot.js';
import { SnapshotDecoder } from '../metrics/aggregation/snapshot-decoder.js';
import type { AggregateReading } from './aggregate-reading.js';
import type { MemberConnection } from './member-link.js';
import { type MessageBody, encodeMessage } from './message.js';

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
