import type { HandlerBinding } from '../instrumentation/binding/handler-binding.js';
import type { PipelineConnection, PipelineInstruments, StageLabels } from './connection.js';
import type { EventTimes } from './event-times.js';
import type { Flow } from './flattening/flow.js';
import { OpenSubscriptions } from './open-subscriptions.js';
import type { StageCounts } from './health/stage-watch.js';
import { type CountedResult, StageCall } from './stage-call.js';
import { Windows, type WindowSettings } from './windows/windows.js';

/** Reason for which a stage gives up an event. */
export type DropReason = 'overflow' | 'cancelled' | 'late';

/** Reasons for which a stage gives up an event. */
export const DROP_REASONS: readonly DropReason[] = ['overflow', 'cancelled', 'late'];

/** Dependencies of a {@link Stage}. */
export interface StageDeps {
  readonly labels: StageLabels;
  readonly connection: PipelineConnection;
  readonly times: EventTimes;
}

/** One stage of a pipeline: what several operators of the same name do counts together. */
export class Stage {
  readonly #deps: StageDeps;
  readonly #flows = new OpenSubscriptions<Flow>((it) => it.close());
  readonly #dropped = new Map<DropReason, number>();
  #binding: HandlerBinding | undefined;
  #concurrency: number | undefined;
  /** Type in the spans: of a step, or the operator of rxjs. */
  type = 'map';
  in = 0;
  out = 0;
  working = 0;
  /** Work that has ended since the start, with any outcome. */
  finished = 0;
  failed = 0;
  #windows: Windows | undefined;
  #results = 0;
  #promised = 0;

  constructor(deps: StageDeps) {
    this.#deps = deps;
  }

  /** Declares an operator whose events may wait or be dropped, so that the series exist from then on. */
  declare(concurrency: number, drops: readonly DropReason[]): void {
    this.#concurrency = concurrency;
    for (const it of drops) this.drop(it, 0);
  }

  /** Declares an operator whose results are windows. */
  windows(settings: WindowSettings): Windows {
    const { labels, connection } = this.#deps;
    this.drop('cancelled', 0);
    const abandon = (events: number) => this.drop('cancelled', events);
    return (this.#windows ??= new Windows(settings, { labels, connection, abandon }));
  }

  /** Adds a subscription whose events wait for the stage. */
  add(flow: Flow, owner: object): void {
    this.#flows.add(flow, owner);
  }

  remove(flow: Flow): void {
    this.#flows.delete(flow);
  }

  /** Records the work; `undefined` while the application does not record. */
  get binding(): HandlerBinding | undefined {
    const { connection, labels } = this.#deps;
    return (this.#binding ??= connection.bindStage(labels, this.type));
  }

  /** Returns the work on one event, which has a span if the event has one. */
  call(binding: HandlerBinding, event: unknown, counted: CountedResult): StageCall {
    const trace = binding.isFollowed() ? binding.follow([event]) : undefined;
    return new StageCall(binding, { event, stage: this, counted, trace });
  }

  /** Begins work and returns its start. */
  start(binding: HandlerBinding): number {
    this.working++;
    return binding.start();
  }

  /** Ends work with any outcome. */
  end(): void {
    this.working--;
    this.finished++;
  }

  /** Counts a result, which takes along what its event carries. */
  emit(event: unknown, result: unknown): void {
    this.out++;
    this.#deps.times.inherit(event, result);
  }

  /** Counts events that the stage gives up. */
  drop(reason: DropReason, events = 1): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + events);
  }

  /** Counts events that the application gives up in the stage. */
  giveUp(reason: DropReason, events: number): void {
    this.drop(reason, events);
    this.#windows?.lose(events);
  }

  /** Reports bad telemetry of the application. */
  report(fault: unknown): void {
    this.#deps.connection.report(fault);
  }

  /** Makes the active span the origin of a result. */
  published(result: unknown): void {
    this.#deps.connection.published(result);
  }

  /** Holds up a drain until the returned function is called. */
  hold(): () => void {
    const release = this.#deps.connection.works.hold();
    this.#promised++;
    return () => {
      this.#promised--;
      release();
    };
  }

  /** Returns the oldest event of each subscription that waits for the stage. */
  oldestEvents(): readonly unknown[] {
    return this.#flows.all().map(({ oldest }) => oldest);
  }

  /** Returns the counts by which the stage is judged. */
  counts(): StageCounts {
    const { finished, failed } = this;
    this.#windows?.release();
    const { waiting, oldestMs } = this.#queue();
    const hasWork = waiting > 0 || this.#promised > 0;
    return { finished, failed, results: this.#results + this.out, hasWork, oldestMs };
  }

  /** Brings the series up to date. */
  publish({ stages, windows }: PipelineInstruments, nowMs: number): void {
    const { labels } = this.#deps;
    this.#windows?.publish(windows);
    stages.in.labels(labels).inc(this.in);
    stages.out.labels(labels).inc(this.out);
    this.#results += this.out;
    this.in = 0;
    this.out = 0;
    for (const [reason, events] of this.#dropped) {
      stages.dropped.labels({ ...labels, reason }).inc(events);
      this.#dropped.set(reason, 0);
    }
    if (this.#concurrency !== undefined) this.#publishQueue(stages, nowMs, this.#concurrency);
  }

  #publishQueue(stages: PipelineInstruments['stages'], nowMs: number, concurrency: number): void {
    const { labels } = this.#deps;
    const { waiting, oldestMs = nowMs } = this.#queue();
    stages.waiting.labels(labels).set(waiting);
    stages.oldestWaiting.labels(labels).set((nowMs - oldestMs) / 1000);
    if (!Number.isFinite(concurrency)) return;
    const room = concurrency * Math.max(1, this.#flows.size);
    stages.utilization.labels(labels).set(this.working / room);
  }

  #queue(): { readonly waiting: number; readonly oldestMs: number | undefined } {
    let waiting = 0;
    let oldestMs: number | undefined;
    for (const it of this.#flows.all()) {
      waiting += it.waiting;
      oldestMs = Math.min(oldestMs ?? Infinity, it.oldestMs ?? Infinity);
    }
    return { waiting, oldestMs: oldestMs === Infinity ? undefined : oldestMs };
  }
}
