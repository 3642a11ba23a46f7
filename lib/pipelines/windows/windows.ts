import type { CallTracer } from '../../kernel/call-tracer.js';
import type { PipelineConnection, PipelineInstruments, StageLabels } from '../connection.js';
import { OpenSubscriptions } from '../open-subscriptions.js';
import { Arrivals, type WindowStart } from './arrivals.js';
import { WindowLinks } from './window-links.js';

/** Type of the windows of a stage. Sliding and hopping ones overlap. */
export type WindowType = 'tumbling' | 'sliding' | 'hopping' | 'session' | 'global';

/** Types of windows. */
export const WINDOW_TYPES: readonly WindowType[] = [
  'tumbling',
  'sliding',
  'hopping',
  'session',
  'global',
];

/** Settings of {@link Windows}. */
export interface WindowSettings {
  readonly window: WindowType;
  size?(result: never): number;
  bytes?(result: never): number;
}

/** Dependencies of {@link Windows}. */
interface WindowsDeps {
  readonly labels: StageLabels;
  readonly connection: PipelineConnection;
  readonly abandon: (events: number) => void;
}

/** Windows of one stage. */
export class Windows {
  readonly #settings: WindowSettings;
  readonly #labels: StageLabels;
  readonly connection: PipelineConnection;
  /** Counts events that no window will have. */
  readonly abandon: (events: number) => void;
  readonly #subscriptions = new OpenSubscriptions<WindowedEvents>((it) => it.end());
  readonly overlap: boolean;
  /** Subscription whose operator an event is being passed to. */
  arriving: WindowedEvents | undefined;
  #tracer: CallTracer | undefined;
  #closed = 0;
  #bytes: number | undefined;

  constructor(settings: WindowSettings, { labels, connection, abandon }: WindowsDeps) {
    this.#settings = settings;
    this.#labels = labels;
    this.connection = connection;
    this.abandon = abandon;
    this.overlap = settings.window === 'sliding' || settings.window === 'hopping';
  }

  add(events: WindowedEvents, owner: object): void {
    this.#subscriptions.add(events, owner);
  }

  /** Lets go of the owners of subscriptions. */
  release(): void {
    this.#subscriptions.all();
  }

  remove(events: WindowedEvents): void {
    this.#subscriptions.delete(events);
  }

  /** Notes that the operator gives up events, among them the one that arrives: no window will have them. */
  lose(events: number): void {
    if (this.arriving !== undefined) this.arriving.lose(events);
  }

  /** Returns the number of events of a window. */
  sizeOf(result: unknown, known: number): number {
    const { size } = this.#settings;
    const fallback = Array.isArray(result) ? result.length : known;
    return size === undefined ? fallback : (this.#ask(size, result) ?? fallback);
  }

  /** Counts a window that has closed. */
  closed(result: unknown, events: number, { start, links }: ClosedWindow): void {
    const { bytes, window } = this.#settings;
    this.#closed++;
    if (bytes !== undefined) this.#bytes = this.#ask(bytes, result) ?? this.#bytes;
    if (start === undefined) return;
    const seconds = (this.connection.clock.monotonicMs() - start.atMs) / 1000;
    const labels = { ...this.#labels, window_type: window };
    this.connection.instruments?.windows.duration.labels(labels).observe(seconds);
    if (links.total > start.sampledBefore)
      this.#trace(result, { events, ...links.since(start.sampledBefore) });
  }

  /** Brings the series up to date. */
  publish(windows: PipelineInstruments['windows']): void {
    const labels = { ...this.#labels, window_type: this.#settings.window };
    const held = this.#subscriptions.all().reduce((sum, it) => sum + it.held, 0);
    windows.events.labels(labels).set(held);
    windows.closed.labels(labels).inc(this.#closed);
    this.#closed = 0;
    if (this.#bytes !== undefined) windows.bytes.labels(labels).set(this.#bytes);
  }

  #trace(result: unknown, window: { readonly events: number }): void {
    this.#tracer ??= this.connection.traceWindows(this.#labels, this.#settings.window);
    const trace = this.#tracer?.isActive() === true ? this.#tracer.follow([window]) : undefined;
    if (trace === undefined) return;
    if (trace.sampledSpan() !== undefined) trace.run(() => this.connection.published(result));
    trace.ended({ outcome: 'success', attempts: 1, seconds: Number.NaN });
  }

  #ask(hook: (result: never) => number, result: unknown): number | undefined {
    try {
      const value: unknown = hook(result as never);
      if (typeof value === 'number' && value >= 0 && value < Infinity) return value;
      throw new TypeError('size and bytes of a window are numbers, 0 or more');
    } catch (error) {
      this.connection.report(error);
      return undefined;
    }
  }
}

interface ClosedWindow {
  readonly start: WindowStart | undefined;
  readonly links: WindowLinks;
}

/** Events of the windows of one subscription. */
export class WindowedEvents {
  readonly #windows: Windows;
  readonly #links = new WindowLinks();
  readonly #arrivals: Arrivals | undefined;
  #start: WindowStart | undefined;
  /** Events in the open window; with windows that overlap, in the one that closed last. */
  held = 0;
  #sinceLast = 0;

  constructor(windows: Windows) {
    this.#windows = windows;
    this.#arrivals = windows.overlap ? new Arrivals() : undefined;
  }

  /** Begins the subscription of an owner, to which the events do not refer. */
  open(owner: object): void {
    this.#windows.add(this, owner);
  }

  arrive(event: unknown): void {
    const { connection } = this.#windows;
    this.#windows.arriving = this;
    if (this.#arrivals !== undefined)
      this.#arrivals.note(connection.clock.monotonicMs(), this.#links.total);
    else if (this.held++ === 0) this.#start = this.#now();
    this.#sinceLast++;
    this.#links.note(connection.producerOf(event));
  }

  /** Notes that the operator has taken the event that arrived. */
  arrived(): void {
    this.#windows.arriving = undefined;
  }

  /** Takes back events that no window will have. */
  lose(events: number): void {
    this.#sinceLast = Math.max(0, this.#sinceLast - events);
    if (this.#arrivals === undefined) this.held = Math.max(0, this.held - events);
  }

  close(result: unknown): void {
    const windows = this.#windows;
    const size = windows.sizeOf(result, this.#sinceLast);
    const start = this.#startOf(size);
    this.#sinceLast = 0;
    if (this.#arrivals !== undefined) this.held = size;
    else {
      this.held = Math.max(0, this.held - size);
      this.#start = this.held === 0 ? undefined : this.#now();
    }
    windows.closed(result, size, { start, links: this.#links });
  }

  /** Ends the subscription. Events that no window will have are dropped. */
  end(): void {
    this.#windows.remove(this);
    if (this.#arrivals === undefined) this.#windows.abandon(this.held);
    this.held = 0;
  }

  #startOf(size: number): WindowStart | undefined {
    if (size === 0) return undefined;
    return this.#arrivals === undefined ? this.#start : this.#arrivals.startOf(size);
  }

  #now(): WindowStart {
    const atMs = this.#windows.connection.clock.monotonicMs();
    return { atMs, sampledBefore: this.#links.total };
  }
}
