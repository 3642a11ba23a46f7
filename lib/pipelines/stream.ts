import { type MonoTypeOperatorFunction, Observable, Subscriber } from 'rxjs';
import type { CallTrace, CallTracer } from '../kernel/call-tracer.js';
import type { PipelineConnection, PipelineInstruments, StreamLabels } from './connection.js';
import type { EventTimes } from './event-times.js';
import type { AnyNodeStream } from './node-streams/node-stream.js';
import { type BlockedTime, BlockedTimes } from './health/blocked-time.js';
import type { StreamCounts } from './health/stream-watch.js';
import { NodeStreams } from './node-streams/node-streams.js';
import { OpenSubscriptions } from './open-subscriptions.js';
import type { StreamOptions, StreamRole } from './stream-options.js';

/** Dependencies of a {@link Stream}. */
export interface StreamDeps {
  readonly labels: StreamLabels;
  readonly role: StreamRole;
  readonly connection: PipelineConnection;
  readonly times: EventTimes;
  /** Sum and number of the ages of events that have left. */
  readonly ages: { seconds: number; events: number };
  readonly options: Pick<StreamOptions<never>, 'eventTime' | 'metadata'>;
}

/** One stream of a pipeline: its operators of one name count together. */
export class Stream {
  readonly #deps: StreamDeps;
  readonly #hasEventTime: boolean;
  readonly #blocked: BlockedTimes;
  #nodes: NodeStreams | undefined;
  #tracer: CallTracer | undefined;
  readonly #subscriptions = new OpenSubscriptions<{ end(): void }>((it) => it.end());
  #received = 0;
  #sent = 0;
  #subscribers = 0;
  /** Time of the last event; the clock is read once per turn of the event loop. */
  #lastMs: number | undefined;
  #isDated = false;

  constructor(deps: StreamDeps) {
    this.#deps = deps;
    this.#hasEventTime = typeof deps.options.eventTime === 'function';
    this.#blocked = new BlockedTimes(() => deps.connection.clock);
  }

  /** Returns the operator. */
  operator<T>(): MonoTypeOperatorFunction<T> {
    return (source) =>
      new Observable<T>((subscriber) => {
        const events = new Events(subscriber, this);
        subscriber.add(this.#subscribed(events));
        source.subscribe(events);
      });
  }

  /** Observes a stream of Node.js and returns it. */
  observe<S extends AnyNodeStream>(stream: S): S {
    const { connection } = this.#deps;
    const counts = { arrived: () => this.#arrived(), sent: () => void this.#sent++ };
    try {
      this.#nodes ??= new NodeStreams(this.#blocked, counts);
      this.#nodes.add(stream);
    } catch (error) {
      connection.report(error);
    }
    return stream;
  }

  /** Counts a loop until its end. */
  iterate(): { readonly blocked: BlockedTime; readonly end: () => void } {
    const blocked = this.#blocked.add();
    this.#subscribers++;
    const end = () => {
      this.#subscribers--;
      this.#blocked.remove(blocked);
    };
    return { blocked, end };
  }

  /** Returns the counts by which the stream is judged. */
  counts(): StreamCounts {
    this.#subscriptions.all();
    const { isBlocked, totalMs, ends } = this.#blocked;
    return { isBlocked, blockedMs: totalMs, taken: ends + (this.#nodes?.taken ?? 0) };
  }

  /**
   * Notes that an event arrives.
   *
   * @returns Its span, for {@link within}; `undefined` if it has none.
   */
  arrive(event: unknown): CallTrace | undefined {
    const { role } = this.#deps;
    this.#arrived();
    if (this.#hasEventTime) this.#noteTime(event);
    if (role === 'inner') return undefined;
    if (role === 'output') this.#age(event);
    return this.#follow(event);
  }

  /** Passes an event on within its span. */
  within(trace: CallTrace, event: unknown, next: () => void): void {
    try {
      trace.run(() => {
        this.#deps.connection.published(event);
        next();
      });
    } finally {
      trace.ended({ outcome: 'success', attempts: 1, seconds: Number.NaN });
    }
  }

  /** Notes that an event has been passed on. */
  left(): void {
    this.#sent++;
  }

  /** Notes an event that a loop takes. */
  pass(event: unknown): void {
    const trace = this.arrive(event);
    if (trace !== undefined) this.within(trace, event, () => undefined);
    this.left();
  }

  /** True while something subscribes to the stream. */
  get isActive(): boolean {
    return this.#consumers > 0;
  }

  /** Brings the series up to date, with the event time of the oldest event that waits for a stage. */
  publish({ streams, pipelines }: PipelineInstruments, waitingMs: number | undefined): void {
    const { labels, role } = this.#deps;
    const { pipeline } = labels;
    streams.received.labels({ ...labels, role }).inc(this.#received);
    streams.sent.labels({ ...labels, role }).inc(this.#sent);
    if (role === 'input') pipelines.received.labels({ pipeline }).inc(this.#received);
    if (role === 'output') pipelines.emitted.labels({ pipeline }).inc(this.#sent);
    this.#received = 0;
    this.#sent = 0;
    streams.subscribers.labels(labels).set(this.#consumers);
    this.#nodes?.publish(streams, labels);
    if (this.#blocked.isKnown) streams.blocked.labels(labels).inc(this.#blocked.take() / 1000);
    if (this.#nodes !== undefined || this.#hasEventTime)
      streams.oldest.labels(labels).set(this.#oldestSeconds(waitingMs));
    if (this.#lastMs !== undefined) streams.lastEvent.labels(labels).set(this.#lastMs / 1000);
  }

  /** Counts a subscription until it ends or its owner is collected. */
  #subscribed(owner: object): () => void {
    this.#subscribers++;
    const end = () => {
      if (this.#subscriptions.delete(made)) this.#subscribers--;
    };
    const made = { end };
    this.#subscriptions.add(made, owner);
    return end;
  }

  #oldestSeconds(waitingMs = Infinity): number {
    const sinceMs = Math.min(waitingMs, this.#nodes?.oldestMs ?? Infinity);
    return Math.max(0, this.#deps.connection.clock.wallMs() - sinceMs) / 1000;
  }

  get #consumers(): number {
    return this.#subscribers + (this.#nodes?.open ?? 0);
  }

  #arrived(): number {
    this.#received++;
    return this.#isDated && this.#lastMs !== undefined ? this.#lastMs : this.#date();
  }

  #date(): number {
    this.#isDated = true;
    setImmediate(() => (this.#isDated = false)).unref();
    return (this.#lastMs = this.#deps.connection.clock.wallMs());
  }

  #noteTime(event: unknown): void {
    const { options, times, connection } = this.#deps;
    try {
      const time = options.eventTime?.(event as never);
      const eventMs = time instanceof Date ? time.getTime() : time;
      if (eventMs === undefined) return;
      if (!Number.isFinite(eventMs)) throw new TypeError('eventTime() returned no time');
      times.set(event, { ms: Number(eventMs), stream: this });
    } catch (error) {
      connection.report(error);
    }
  }

  /**
   * An event that enters has a span of its own, from which its work in the stages follows. One that leaves has another, if
   * its trace is known, from which the work of its receivers follows.
   */
  #follow(event: unknown): CallTrace | undefined {
    const { connection, role } = this.#deps;
    const tracer = (this.#tracer ??= this.#bind());
    const trace = tracer?.isActive() === true ? tracer.follow([event]) : undefined;
    if (trace === undefined && role === 'input') connection.published(event);
    return trace;
  }

  #bind(): CallTracer | undefined {
    const { connection, labels, role, options, times } = this.#deps;
    if (role === 'output') return connection.traceExits(labels);
    const { metadata } = options;
    if (typeof metadata !== 'function') return connection.traceEntries(labels);
    return connection.traceEntries(labels, {
      metadata: (event) => metadata(event as never),
      // A queue delivers what was sent a moment ago, and no history.
      eventTime: (event) => times.of(event)?.ms ?? connection.clock.wallMs(),
    });
  }

  /** Observes the age of an event that leaves. */
  #age(event: unknown): void {
    const { times, ages, connection, labels } = this.#deps;
    const eventMs = times.of(event)?.ms;
    if (eventMs === undefined) return;
    const { pipeline } = labels;
    const seconds = Math.max(0, connection.clock.wallMs() - eventMs) / 1000;
    ages.seconds += seconds;
    ages.events++;
    connection.instruments?.pipelines.latency.labels({ pipeline }).observe(seconds);
  }
}

/* oxlint-disable no-underscore-dangle -- the names of rxjs */
class Events<T> extends Subscriber<T> {
  readonly #stream: Stream;

  constructor(destination: Subscriber<T>, stream: Stream) {
    super(destination);
    this.#stream = stream;
  }

  protected override _next(event: T): void {
    const trace = this.#stream.arrive(event);
    // Without a span, an event leaves no garbage.
    if (trace === undefined) super._next(event);
    else this.#stream.within(trace, event, () => super._next(event));
    this.#stream.left();
  }
}
/* oxlint-enable no-underscore-dangle */
