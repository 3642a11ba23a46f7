import { randomUUID } from 'node:crypto';
import { threadId } from 'node:worker_threads';
import type { Faults } from '../kernel/faults.js';
import { endsWithin, withinTime } from '../kernel/time-limit.js';
import { SnapshotEncoder } from '../metrics/aggregation/portable-snapshot.js';
import {
  AggregateUnavailable,
  decodeSampled,
  type PromClientMetric,
} from '../metrics/aggregation/sampled-metric.js';
import { SnapshotDecoder } from '../metrics/aggregation/snapshot-decoder.js';
import type { RegistrySnapshot } from '../metrics/snapshot/snapshot.js';
import type { MemberLink } from './member-link.js';
import { type ClusterMessage, decodeMessage, encodeMessage, type MessageBody } from './message.js';
import type { AggregateReading } from './poll-round.js';

const FINAL_REPORT_MS = 1_000;
const UNREQUESTED = 0;

/** Metrics of a member, and its settings. */
export interface MemberSource {
  readonly faults: Faults;
  /** Maximum number of series per metric; further series are folded. */
  readonly seriesLimit: number;
  /** Time limit for an answer of the aggregator, in milliseconds. */
  readonly timeoutMs: number;
  snapshot(): RegistrySnapshot;
  /** Reads the metrics of prom-client. */
  readSampled(): Promise<readonly PromClientMetric[]>;
}

interface Waiting {
  resolve(reading: AggregateReading): void;
  reject(error: Error): void;
}

/** Application that takes part in an aggregation. */
export class ClusterMember {
  readonly #id: string;
  readonly #source: MemberSource;
  readonly #link: MemberLink;
  readonly #encoder = new SnapshotEncoder();
  readonly #decoder = new SnapshotDecoder();
  readonly #waiting = new Map<number, Waiting>();
  #requests = 0;
  #isAlone: boolean;
  #hasLeft = false;

  /** @param linkOf - Creates the link to the aggregator for a member id. */
  constructor(source: MemberSource, linkOf: (member: string) => MemberLink) {
    this.#id = randomUUID();
    this.#source = source;
    this.#link = linkOf(this.#id);
    this.#isAlone = this.#link.mayStandAlone;
  }

  /** Announces the member to the aggregator. */
  start(): void {
    this.#link.open(
      (message) => this.#guard(() => this.#hear(message)),
      () => this.#guard(() => this.#sendFinalReport()),
    );
    this.#sendHello();
  }

  /**
   * Returns the metrics of all members; `undefined` when this application runs alone.
   *
   * @throws AggregateUnavailable when the aggregator does not answer in time.
   */
  async gather(): Promise<AggregateReading | undefined> {
    if (this.#isAlone) return undefined;
    const { leader, remedy, isOpen } = this.#link;
    if (!isOpen || this.#hasLeft) throw new AggregateUnavailable(`${leader} is unreachable`);
    const request = ++this.#requests;
    const { timeoutMs } = this.#source;
    const answer = new Promise<AggregateReading>((resolve, reject) => {
      this.#waiting.set(request, { resolve, reject });
      this.#send({ kind: 'scrape', request, known: this.#decoder.seq });
    });
    const late = `${leader} did not answer in ${timeoutMs} ms; ${remedy}`;
    try {
      return await withinTime(answer, { limitMs: timeoutMs }, () => new AggregateUnavailable(late));
    } finally {
      this.#waiting.delete(request);
    }
  }

  /** Sends a final report and closes the link. */
  async leave(): Promise<void> {
    await endsWithin(this.#sendFinalReport(), { limitMs: FINAL_REPORT_MS });
    this.#link.close();
  }

  #hear(raw: unknown): void {
    const message = decodeMessage(raw);
    if (message === undefined) return;
    if (message.kind === 'who') return this.#sendHello();
    if (message.member !== this.#id) return;
    if (message.kind === 'welcome') this.#isAlone = false;
    else if (message.kind === 'ask') void this.#answer(message.request, message.known);
    else if (message.kind === 'whole') this.#take(message);
    else if (message.kind === 'failed') {
      this.#waiting.get(message.request)?.reject(new AggregateUnavailable(message.reason));
    }
  }

  #take({ request, snapshot, sampled }: Extract<ClusterMessage, { kind: 'whole' }>): void {
    const decoded = this.#decoder.decode(snapshot);
    const waiting = this.#waiting.get(request);
    if (decoded !== undefined) {
      waiting?.resolve({ snapshot: decoded, sampled: decodeSampled(sampled) ?? [] });
    } else
      waiting?.reject(
        new AggregateUnavailable(`${this.#link.leader} sent an answer out of sequence`),
      );
  }

  async #answer(request: number, known: number): Promise<void> {
    const { faults } = this.#source;
    let sampled: readonly PromClientMetric[] | undefined;
    try {
      sampled = await this.#source.readSampled();
    } catch (error) {
      // The previous report stays valid.
      faults.report('prometheus', error);
    }
    this.#guard(() => {
      if (this.#hasLeft) return;
      const snapshot = this.#encoder.encode(this.#source.snapshot(), known);
      this.#send({ kind: 'counts', request, isLast: false, snapshot, ...(sampled && { sampled }) });
    });
  }

  #sendHello(): void {
    if (this.#hasLeft) return;
    this.#send({ kind: 'hello', seriesLimit: this.#source.seriesLimit, threadId });
  }

  #sendFinalReport(): Promise<void> {
    if (this.#hasLeft) return Promise.resolve();
    this.#hasLeft = true;
    // The channel preserves the order, so every earlier message arrives first.
    const snapshot = this.#encoder.encode(this.#source.snapshot(), this.#encoder.seq);
    return this.#send({ kind: 'counts', request: UNREQUESTED, isLast: true, snapshot });
  }

  async #send(body: MessageBody): Promise<void> {
    try {
      await this.#link.send(encodeMessage({ member: this.#id, ...body }));
    } catch (error) {
      this.#source.faults.report('cluster', error);
    }
  }

  /** Runs work whose faults must not reach the sender of a message or the exit of the process. */
  #guard(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      this.#source.faults.report('cluster', error);
    }
  }
}
