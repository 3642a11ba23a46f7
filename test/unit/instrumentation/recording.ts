import type { TracingObserver } from '../../../lib/kernel/call-tracer.js';
import type { Clock } from '../../../lib/kernel/clock.js';
import { ErrorClassifier } from '../../../lib/kernel/errors/error-classification.js';
import { Faults } from '../../../lib/kernel/faults.js';
import type { HandlerIdentity, HandlerObserver, Observer } from '../../../lib/kernel/observer.js';
import { Instrumentation } from '../../../lib/instrumentation/instrumentation.js';
import type { HandlerLabels } from '../../../lib/instrumentation/binding/labelled-handler.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';

/** An application without Nest: what its handlers report is kept as lines of text. */
export class Recording implements Observer {
  readonly clock = new ManualClock();
  readonly instrumentation = new Instrumentation();
  /** Every observation that ended: name, outcome, milliseconds, and what else is known. */
  readonly ended: string[] = [];
  /** The components whose faults were reported. */
  readonly faults: string[] = [];
  readonly #bound: HandlerIdentity[] = [];
  /** Observations that have begun and not ended. */
  active = 0;

  constructor({
    handlerLabels = {},
    clock,
    tracing,
  }: { handlerLabels?: HandlerLabels; clock?: Clock; tracing?: TracingObserver } = {}) {
    const time = clock ?? this.clock;
    const faults = new Faults(time);
    faults.connect({ count: (component) => this.faults.push(component), log: () => undefined });
    const classifier = new ErrorClassifier({}, () => false, faults);
    const context = { clock: time, classifier, faults };
    this.instrumentation.connect({ observer: this, context, handlerLabels, tracing });
  }

  /** Who has series by the time that somebody looks. */
  get bound(): readonly HandlerIdentity[] {
    this.instrumentation.prepare();
    return this.#bound;
  }

  /** Makes an instance that reports here. */
  make<T extends object>(handlerClass: new () => T): T {
    const instance = new handlerClass();
    this.instrumentation.bind(instance);
    return instance;
  }

  bind(identity: HandlerIdentity): HandlerObserver {
    this.#bound.push(identity);
    const name = [identity.name, ...Object.values(identity.labels)].join(' ');
    const end = (outcome: string, seconds: number, ...more: unknown[]) => {
      this.active--;
      this.ended.push([name, outcome, `${seconds * 1000}ms`, ...more].join(' '));
    };
    return {
      started: () => void this.active++,
      abandoned: () => void this.active--,
      succeeded: (seconds, attempts, events) =>
        end('success', seconds, ...attemptsOf(attempts), ...(events === undefined ? [] : [events])),
      rejected: (seconds, attempts, error) =>
        end('rejected', seconds, ...attemptsOf(attempts), error.type),
      failed: (seconds, attempts, error) =>
        end('failure', seconds, ...attemptsOf(attempts), error.type),
      retried: (error) => void this.ended.push(`${name} retry ${error.type}`),
    };
  }
}

function attemptsOf(attempts: number): string[] {
  return attempts === 1 ? [] : [`attempts=${attempts}`];
}

/** Lets everything that is due now happen. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A promise and how it ends. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** `Promise.withResolvers`, which Node 20 does not have. */
export function deferred<T = unknown>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((...settle) => ([resolve, reject] = settle));
  return { promise, resolve, reject };
}
