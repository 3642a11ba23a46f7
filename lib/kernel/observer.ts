import type { ErrorDescription } from './error-classification.js';
import type { Faults } from './faults.js';
import type { Outcome } from './outcome.js';

/**
 * A place in the order of one log. Numbers, bigints and texts of digits are one kind and compare by value (`'10'` comes
 * after `9n`); texts of digits joined by dashes (`1526919030474-55`) compare part by part; other texts in the order of
 * their UTF-16 code units.
 */
export type ScalarPosition = number | bigint | string;

/** What a handler handles. */
export type HandlerKind = 'command' | 'query' | 'projection';

/** A handler as observers know it: everything that is fixed when it is bound to its application. */
export interface HandlerIdentity {
  readonly kind: HandlerKind;
  /** Low-cardinality name: the value of `command_type`, `query_type` or `projection_name`. */
  readonly name: string;
  /** Values of the application's own handler labels, by label name. */
  readonly labels: Readonly<Record<string, string>>;
  /** Bounds of the duration histogram in seconds, when the handler has its own. */
  readonly buckets?: readonly number[] | undefined;
}

/** Turns observations into something that is remembered: metrics, spans, log lines. */
export interface Observer {
  /** Called once per handler and label combination; what it returns is called for every observation. */
  bind(handler: HandlerIdentity): HandlerObserver;
}

/**
 * Receives the observations of one handler. Every {@link HandlerObserver.started} is followed by exactly one of
 * `succeeded`, `rejected`, `failed` or `abandoned`. Durations are in seconds.
 */
export interface HandlerObserver {
  started(): void;
  /** @param events - Number of events produced, when the handler's options can tell. */
  succeeded(durationSeconds: number, attempts: number, events: number | undefined): void;
  rejected(durationSeconds: number, attempts: number, error: ErrorDescription): void;
  failed(durationSeconds: number, attempts: number, error: ErrorDescription): void;
  /** A call that ended had a sampled span: told after its end, with the duration that was told there. */
  sampled?(outcome: Outcome, durationSeconds: number, span: SampledSpan): void;
  /** An attempt failed and the handler tries again. */
  retried(error: ErrorDescription): void;
  /** The call turned out to be no observation: an Observable that nobody has subscribed to yet. */
  abandoned(): void;
  /**
   * Called before `succeeded` for each event that a projection applied, when its options can tell more about it.
   *
   * @param recordedMs - When it was recorded, milliseconds since the Unix epoch; NaN when unknown.
   */
  applied?(recordedMs: number, position: ScalarPosition | undefined): void;
  /** Called before `succeeded` of a batch, with the number of its events. */
  batchHandled?(events: number): void;
  /** Called before `succeeded`, with the number of events of the call that the projection skipped. */
  skipped?(events: number): void;
  /**
   * A handling that had no observable start ended: how long it took is not known. Not preceded by `started`.
   *
   * @param error - What it failed with, if it did.
   */
  endedUntimed?(error?: ErrorDescription): void;
}

/** An observer that forgets everything. */
export const nobody: HandlerObserver = {
  started: () => undefined,
  succeeded: () => undefined,
  rejected: () => undefined,
  failed: () => undefined,
  retried: () => undefined,
  abandoned: () => undefined,
};

/** One observer that stands for many; one that throws is reported and keeps nobody from being told. */
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
    this.#tell((it) => it.started());
  }

  succeeded(durationSeconds: number, attempts: number, events: number | undefined): void {
    this.#tell((it) => it.succeeded(durationSeconds, attempts, events));
  }

  rejected(durationSeconds: number, attempts: number, error: ErrorDescription): void {
    this.#tell((it) => it.rejected(durationSeconds, attempts, error));
  }

  failed(durationSeconds: number, attempts: number, error: ErrorDescription): void {
    this.#tell((it) => it.failed(durationSeconds, attempts, error));
  }

  sampled(outcome: Outcome, durationSeconds: number, span: SampledSpan): void {
    this.#tell((it) => it.sampled?.(outcome, durationSeconds, span));
  }

  retried(error: ErrorDescription): void {
    this.#tell((it) => it.retried(error));
  }

  abandoned(): void {
    this.#tell((it) => it.abandoned());
  }

  applied(recordedMs: number, position: ScalarPosition | undefined): void {
    this.#tell((it) => it.applied?.(recordedMs, position));
  }

  batchHandled(events: number): void {
    this.#tell((it) => it.batchHandled?.(events));
  }

  skipped(events: number): void {
    this.#tell((it) => it.skipped?.(events));
  }

  endedUntimed(error?: ErrorDescription): void {
    this.#tell((it) => it.endedUntimed?.(error));
  }

  #tell(about: (observer: HandlerObserver) => void): void {
    for (const observer of this.#observers) {
      try {
        about(observer);
      } catch (error) {
        this.#faults.report('observer', error);
      }
    }
  }
}

/** How far a projection is at the moment in which it handles something. */
export interface HandlingProgress {
  /** Whether it applies events as they come, or once more. */
  readonly mode: 'live' | 'rebuild';
  /** Age of its oldest unprocessed event in seconds, 0 or more; `undefined` when nobody knows. */
  readonly lagSeconds: number | undefined;
}

/** Tells how far one projection is now. */
export type ProgressReader = () => HandlingProgress;

/** Finds the reader of a projection by its name. */
export type ProgressReaders = (projection: string) => ProgressReader;

/** What an operation does to the events that it is about. */
export type StoreEffect = 'append' | 'read' | 'none';

/** Remembers what happens to event stores. */
export interface EventStoreObserver {
  /** Called once per operation; what it returns is called for every call. */
  bind(operation: string): OperationObserver;
  /** The version that a stream has at least. */
  streamVersion(stream: string, version: number): void;
}

/** Receives what one operation on an event store did. Durations are in seconds. */
export interface OperationObserver {
  succeeded(durationSeconds: number): void;
  failed(durationSeconds: number, error: ErrorDescription): void;
  /** An operation that ended had a sampled span: told after its end, with the duration that was told there. */
  sampled?(outcome: 'success' | 'failure', durationSeconds: number, span: SampledSpan): void;
  /** Something that had succeeded broke off later: a subscription was dropped. */
  interrupted(error: ErrorDescription): void;
  written(category: string, events: number): void;
  read(category: string, events: number): void;
  /** The stream had moved on. */
  conflicted(category: string): void;
}

/** Which events of a store a projection handles; what is not named does not restrict. */
export interface EventFilter {
  /** Types of the events. @defaultValue every type */
  readonly eventTypes?: readonly string[];
  /** Categories of the streams: the part of a stream's name before its separator. @defaultValue every category */
  readonly categories?: readonly string[];
}

/** A span that is sampled: whoever sees its ids can look it up. */
export interface SampledSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}
