import type { ErrorDescription } from './error-classification.js';
import type { Faults } from './faults.js';
import type { Outcome } from './outcome.js';
import type { SampledSpan } from './sampled-span.js';

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
  applied?(recordedMs: number, position: number | bigint | string | undefined): void;
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

  applied(recordedMs: number, position: number | bigint | string | undefined): void {
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
