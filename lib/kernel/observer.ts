import type { Outcome } from './errors/error-classification.js';
import type { ErrorDescription } from './errors/error-description.js';
import type { Faults } from './faults.js';
import type { HandlerKind } from './handler-kind.js';

/**
 * Position in the order of one log. Numbers, bigints and digit strings compare by value (`'10'` is after `9n`). Digit
 * strings joined by dashes (`1526919030474-55`) compare component by component. Other strings compare by UTF-16 code
 * units.
 */
export type ScalarPosition = number | bigint | string;

/** Handler identity for observers, fixed when the handler is bound to its application. */
export interface HandlerIdentity {
  readonly kind: HandlerKind;
  /** Low-cardinality name: the value of the kind's name label. */
  readonly name: string;
  /** Values of the kind's fixed labels and of custom handler labels, by label name. */
  readonly labels: Readonly<Record<string, string>>;
  /** Bucket bounds of the duration histogram in seconds, if the handler overrides them. */
  readonly buckets?: readonly number[] | undefined;
}

/** Records observations as metrics, spans or log lines. */
export interface Observer {
  /** Binds a handler. Called once per handler and label combination; the result receives every observation. */
  bind(handler: HandlerIdentity): HandlerObserver;
}

/**
 * Receives the observations of one handler. Every {@link HandlerObserver.started} is followed by exactly one of
 * `succeeded`, `rejected`, `failed` or `abandoned`. Durations are in seconds.
 */
export interface HandlerObserver {
  started(): void;
  /** @param events - Number of events produced, if the handler options provide it. */
  succeeded(durationSeconds: number, attempts: number, events: number | undefined): void;
  rejected(durationSeconds: number, attempts: number, error: ErrorDescription): void;
  failed(durationSeconds: number, attempts: number, error: ErrorDescription): void;
  /** Called after the end of a call with a sampled span, with the same duration. */
  sampled?(outcome: Outcome, durationSeconds: number, span: SampledSpan): void;
  /** Called when an attempt failed and the handler retries. */
  retried(error: ErrorDescription): void;
  /** Called when the call turns out not to be an observation: an Observable without a subscriber. */
  abandoned(): void;
  /**
   * Called before `succeeded` for each applied event of a projection, if the handler options provide details.
   *
   * @param recordedMs - Time of recording, in milliseconds since the Unix epoch; NaN when unknown.
   */
  applied?(recordedMs: number, position: ScalarPosition | undefined): void;
  /** Called before `succeeded` of a batch, with the number of its events. */
  batchHandled?(events: number): void;
  /** Called before `succeeded`, with the number of events of the call that the projection skipped. */
  skipped?(events: number): void;
  /** Called before `started` of the first attempt at a job that has waited in a queue. */
  waited?(seconds: number): void;
  /** Called after `failed` if no further attempt follows. */
  exhausted?(): void;
  /**
   * Called at the end of a call without an observable start, so its duration is unknown. Not preceded by `started`.
   *
   * @param error - Error of a failed call.
   */
  endedUntimed?(error?: ErrorDescription): void;
}

/** One attempt at a job, as its queue describes it. */
export interface JobAttempt {
  /** Name of the job. */
  readonly name: string;
  /** Seconds between the moment at which the job could run and its start; `undefined` unless it is the first attempt. */
  readonly waitSeconds?: number | undefined;
  /** Returns the fate of the job after this error. */
  after(thrown: unknown): JobFate;
}

/** Fate of a job after an error: it is tried again, has failed for good, or was put off, which is no failure. */
export type JobFate = 'retried' | 'exhausted' | 'postponed';

/** Combines observers into one. An observer that throws is reported and does not affect the others. */
export function fanOut(observers: readonly Observer[], faults: Faults): Observer {
  const [only] = observers;
  if (observers.length === 1 && only !== undefined) return only;
  return {
    bind: (handler) =>
      new FanOut(
        observers.map((it) => it.bind(handler)),
        faults,
      ),
  };
}

class FanOut implements HandlerObserver {
  readonly #observers: readonly HandlerObserver[];
  readonly #faults: Faults;

  constructor(observers: readonly HandlerObserver[], faults: Faults) {
    this.#observers = observers;
    this.#faults = faults;
  }

  started(): void {
    this.#notify((it) => it.started());
  }

  succeeded(durationSeconds: number, attempts: number, events: number | undefined): void {
    this.#notify((it) => it.succeeded(durationSeconds, attempts, events));
  }

  rejected(durationSeconds: number, attempts: number, error: ErrorDescription): void {
    this.#notify((it) => it.rejected(durationSeconds, attempts, error));
  }

  failed(durationSeconds: number, attempts: number, error: ErrorDescription): void {
    this.#notify((it) => it.failed(durationSeconds, attempts, error));
  }

  sampled(outcome: Outcome, durationSeconds: number, span: SampledSpan): void {
    this.#notify((it) => it.sampled?.(outcome, durationSeconds, span));
  }

  retried(error: ErrorDescription): void {
    this.#notify((it) => it.retried(error));
  }

  abandoned(): void {
    this.#notify((it) => it.abandoned());
  }

  applied(recordedMs: number, position: ScalarPosition | undefined): void {
    this.#notify((it) => it.applied?.(recordedMs, position));
  }

  batchHandled(events: number): void {
    this.#notify((it) => it.batchHandled?.(events));
  }

  skipped(events: number): void {
    this.#notify((it) => it.skipped?.(events));
  }

  waited(seconds: number): void {
    this.#notify((it) => it.waited?.(seconds));
  }

  exhausted(): void {
    this.#notify((it) => it.exhausted?.());
  }

  endedUntimed(error?: ErrorDescription): void {
    this.#notify((it) => it.endedUntimed?.(error));
  }

  #notify(notify: (observer: HandlerObserver) => void): void {
    for (const observer of this.#observers) {
      try {
        notify(observer);
      } catch (error) {
        this.#faults.report('observer', error);
      }
    }
  }
}

/** Progress of a projection at the time of a call. */
export interface HandlingProgress {
  /** `rebuild` while the projection reapplies events, otherwise `live`. */
  readonly mode: 'live' | 'rebuild';
  /** Age of the oldest unprocessed event in seconds, 0 or more; `undefined` when unknown. */
  readonly lagSeconds: number | undefined;
}

/** Returns the current progress of one projection. */
export type ProgressReader = () => HandlingProgress;

/** Returns the progress reader of a projection by name. */
export type ProgressReaders = (projection: string) => ProgressReader;

/** Effect of an operation on events. */
export type StoreEffect = 'append' | 'read' | 'none';

/** Records event store operations. */
export interface EventStoreObserver {
  /** Binds an operation. Called once per operation; the result receives every call. */
  bind(operation: string): OperationObserver;
  /** Records a version that a stream has reached. */
  streamVersion(stream: string, version: number): void;
}

/** Receives the observations of one event store operation. Durations are in seconds. */
export interface OperationObserver {
  succeeded(durationSeconds: number): void;
  failed(durationSeconds: number, error: ErrorDescription): void;
  /** Called after the end of an operation with a sampled span, with the same duration. */
  sampled?(outcome: 'success' | 'failure', durationSeconds: number, span: SampledSpan): void;
  /** Called when an operation fails after it had succeeded: a subscription was dropped. */
  interrupted(error: ErrorDescription): void;
  written(category: string, events: number): void;
  read(category: string, events: number): void;
  /** Called when an append failed because the stream had advanced. */
  conflicted(category: string): void;
}

/** Event filter of a projection. An omitted criterion matches every event. */
export interface EventFilter {
  /** Event types. @defaultValue every type */
  readonly eventTypes?: readonly string[];
  /** Stream categories: the part of a stream name before its separator. @defaultValue every category */
  readonly categories?: readonly string[];
}

/** Sampled span, whose ids can be looked up in the tracing backend. */
export interface SampledSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}
