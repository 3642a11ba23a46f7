import { textName } from '../../kernel/faults.js';
import { read } from '../../options/hostile-values.js';
import { StoreObservation } from '../../instrumentation/event-store/store-observation.js';
import {
  effectOf,
  type StoreReporting,
} from '../../instrumentation/event-store/store-operation.js';

/** Result of an event store operation. */
export interface EventStoreResult {
  /** Events appended or read, 0 or more. @defaultValue 0 */
  readonly events?: number;
}

/** Details of a failed event store operation. */
export interface EventStoreFailure {
  /** True for an optimistic-concurrency conflict. @defaultValue false */
  readonly conflict?: boolean;
}

/** Event store operation that the application records by hand. Only the first end counts. */
export class ManualEventStoreOperation {
  readonly #category: string;
  readonly #observation: StoreObservation | undefined;

  /**
   * @param reporting - Receiver of the observation. @defaultValue none
   * @internal
   */
  constructor(operation: string, category: string, reporting?: StoreReporting) {
    const faults = reporting?.context.faults;
    this.#category = textName(category, faults);
    this.#observation =
      reporting && observe(textName(operation, faults), this.#category, reporting);
  }

  /** Ends the operation with success. */
  succeed(result: EventStoreResult = {}): void {
    if (this.#observation?.isOpen !== true) return;
    const events = read(result, 'events');
    // What cannot be read is refused like a value that is no number.
    this.#observation.count(events === undefined ? undefined : (events.value ?? 0));
    this.#observation.succeed();
  }

  /** Ends the operation with a failure. */
  fail(error: unknown, failure: EventStoreFailure = {}): void {
    const isConflict = read(failure, 'conflict')?.value === true;
    this.#observation?.fail(error, isConflict ? this.#category : undefined);
  }
}

function observe(
  operation: string,
  category: string,
  { observer, context, tracing }: StoreReporting,
): StoreObservation {
  const effect = effectOf(operation);
  const bound = observer.bind(operation);
  return new StoreObservation(
    { operation, effect, observer: bound, context, tracing },
    { category },
  );
}
