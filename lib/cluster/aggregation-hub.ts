import type { Clock } from '../kernel/clock.js';
import type { Faults } from '../kernel/faults.js';
import { notify } from '../kernel/hooks.js';
import { SampledAggregate } from '../metrics/aggregation/sampled-aggregate.js';
import { decodeSampled } from '../metrics/aggregation/sampled-metric.js';
import { SnapshotAggregate } from '../metrics/aggregation/snapshot-aggregate.js';
import type { clusterMetrics } from '../metrics/catalogue/cluster.js';
import type { CatalogueInstruments } from '../metrics/recorders/catalogue-instruments.js';
import type { MetricRegistry } from '../metrics/registry.js';
import type { HubListener, MemberConnection, MemberHub } from './member-link.js';
import { type ClusterMessage, decodeMessage } from './message.js';
import { type AggregateReading, MemberMetrics, PollRound } from './poll-round.js';

// Gauges of a member that has been silent for this long are stale.
const STALE_AFTER_MS = 60_000;
/** Source id of the aggregator's own metrics; no member has this id. */
const OWN = '';

/** Dependencies for the aggregator's own metrics. */
export interface OwnMetrics {
  readonly registry: MetricRegistry;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly instruments: CatalogueInstruments<typeof clusterMetrics>;
}

/** Options of an {@link AggregationHub}. */
export interface AggregationHubOptions {
  readonly timeoutMs: number;
  readonly threads: boolean;
}

/** Members whose metrics are aggregated, and their last reports. */
export class AggregationHub implements HubListener {
  readonly #own: OwnMetrics;
  readonly #timeoutMs: number;
  readonly #aggregate: SnapshotAggregate;
  readonly #sampled: SampledAggregate;
  readonly #members = new Map<string, MemberMetrics>();
  readonly #rounds = new Map<number, PollRound>();
  #hubs: readonly MemberHub[] = [];
  #requests = 0;
  #polledAtMs: number;
  #running: Promise<AggregateReading> | undefined;
  #next: Promise<AggregateReading> | undefined;

  constructor(own: OwnMetrics, { timeoutMs, threads }: AggregationHubOptions) {
    this.#own = own;
    this.#timeoutMs = timeoutMs;
    this.#polledAtMs = own.clock.monotonicMs();
    const onConflict = (problem: Error) => own.faults.report('cluster', problem);
    this.#aggregate = new SnapshotAggregate({ threads, onConflict });
    this.#aggregate.join(OWN);
    this.#sampled = new SampledAggregate(threads);
    for (const end of ['reported', 'abrupt']) own.instruments.ended.labels({ end });
  }

  /** Starts receiving messages. */
  open(hubs: readonly MemberHub[]): void {
    this.#hubs = hubs;
    for (const it of hubs) it.open(this);
  }

  /** Stops receiving messages. */
  close(): void {
    for (const it of this.#hubs) it.close();
    for (const it of this.#rounds.values()) it.end();
    this.#members.clear();
  }

  /**
   * Polls all members and aggregates their reports. A call during a running round joins the next round, which
   * concurrent calls share: in the running round, members may already have answered.
   */
  gather(): Promise<AggregateReading> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  /**
   * Polls members if no scrape has done so recently, which bounds the age of the last report of a member that is
   * killed.
   */
  async refresh(periodMs: number): Promise<void> {
    try {
      if (this.#own.clock.monotonicMs() - this.#polledAtMs < periodMs / 2) return;
      await this.#poll();
    } catch (error) {
      this.#own.faults.report('cluster', error);
    }
  }

  /** {@inheritDoc HubListener.heard} */
  heard(connection: MemberConnection, raw: unknown): void {
    let message: ClusterMessage | undefined;
    try {
      message = decodeMessage(raw);
      if (message === undefined || message.member === OWN) return;
      this.#take(connection, message);
    } catch (error) {
      this.#own.faults.report('cluster', error);
      if (message !== undefined) this.#giveUp(message);
    }
  }

  /** {@inheritDoc HubListener.guard} */
  guard(listener: () => void): void {
    notify(this.#own.faults, 'cluster', listener);
  }

  /** {@inheritDoc HubListener.exited} */
  exited(connection: MemberConnection): void {
    notify(this.#own.faults, 'cluster', () => {
      for (const [id, member] of this.#members) {
        if (member.connection !== connection) continue;
        this.#aggregate.hideGauges(id);
        for (const it of this.#rounds.values()) it.giveUp(id);
      }
    });
  }

  /** {@inheritDoc HubListener.ended} */
  ended(connection: MemberConnection): void {
    notify(this.#own.faults, 'cluster', () => {
      for (const [id, member] of this.#members) {
        if (member.connection === connection) this.#remove(id, 'abrupt');
      }
    });
  }

  #start(): Promise<AggregateReading> {
    this.#next = undefined;
    const running = this.#gatherNow().finally(() => (this.#running = undefined));
    this.#running = running;
    return running;
  }

  async #gatherNow(): Promise<AggregateReading> {
    const silent = await this.#poll();
    const { registry, instruments } = this.#own;
    instruments.members.labels({ state: 'answering' }).set(this.#members.size - silent);
    instruments.members.labels({ state: 'silent' }).set(silent);
    await registry.prepare();
    const own = registry.snapshot();
    this.#aggregate.update(OWN, own);
    return { snapshot: this.#aggregate.merged(own.takenAtMs), sampled: this.#sampled.merged() };
  }

  /** @returns The number of members that did not answer. */
  async #poll(): Promise<number> {
    const { clock, faults } = this.#own;
    this.#polledAtMs = clock.monotonicMs();
    const request = ++this.#requests;
    const round = new PollRound(this.#members.keys());
    this.#rounds.set(request, round);
    for (const it of this.#members.values()) it.poll(request);
    await round.ends(this.#timeoutMs);
    this.#rounds.delete(request);
    const silent = round.missing.filter((it) => this.#members.has(it));
    if (silent.length > 0) {
      const problem = `${silent.length} members did not answer in ${this.#timeoutMs} ms`;
      faults.report('cluster', new Error(problem));
    }
    for (const id of silent) this.#hideOutdated(id);
    return silent.length;
  }

  #hideOutdated(id: string): void {
    const heardAtMs = this.#members.get(id)?.heardAtMs ?? 0;
    if (this.#own.clock.monotonicMs() - heardAtMs > STALE_AFTER_MS) this.#aggregate.hideGauges(id);
  }

  #take(connection: MemberConnection, message: ClusterMessage): void {
    const { member: id } = message;
    if (message.kind === 'hello') this.#welcome(id, connection, message.seriesLimit);
    const member = this.#members.get(id);
    if (member === undefined) return;
    member.heardAtMs = this.#own.clock.monotonicMs();
    if (message.kind === 'counts') this.#count(id, member, message);
    else if (message.kind === 'scrape') void this.#serve(member, message);
  }

  #welcome(id: string, connection: MemberConnection, seriesLimit: number): void {
    if (!this.#members.has(id)) {
      this.#members.set(id, new MemberMetrics(id, connection, this.#own.clock.monotonicMs()));
      this.#aggregate.join(id, seriesLimit);
    }
    this.#members.get(id)?.send({ kind: 'welcome' });
  }

  #count(
    id: string,
    member: MemberMetrics,
    message: Extract<ClusterMessage, { kind: 'counts' }>,
  ): void {
    const snapshot = member.decoder.decode(message.snapshot);
    if (snapshot !== undefined) this.#aggregate.update(id, snapshot);
    const sampled = decodeSampled(message.sampled);
    if (sampled !== undefined) this.#sampled.update(id, sampled);
    if (message.isLast) this.#remove(id, 'reported');
    else this.#rounds.get(message.request)?.answered(id);
  }

  #remove(id: string, end: 'reported' | 'abrupt'): void {
    this.#members.delete(id);
    this.#aggregate.leave(id);
    this.#sampled.leave(id);
    this.#own.instruments.ended.labels({ end }).inc();
    for (const it of this.#rounds.values()) it.giveUp(id);
  }

  async #serve(
    member: MemberMetrics,
    { request, known }: Extract<ClusterMessage, { kind: 'scrape' }>,
  ): Promise<void> {
    try {
      const { snapshot, sampled } = await this.gather();
      member.sendWhole({ request, known, snapshot, sampled });
    } catch (error) {
      this.#own.faults.report('cluster', error);
      const reason = 'the aggregation of the metrics failed';
      notify(this.#own.faults, 'cluster', () => member.send({ kind: 'failed', request, reason }));
    }
  }

  #giveUp({ member }: ClusterMessage): void {
    for (const it of this.#rounds.values()) it.giveUp(member);
  }
}
