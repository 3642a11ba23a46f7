import { textName } from '../../kernel/faults.js';
import { read } from '../../options/hostile-values.js';
import { StoreObservation } from '../../instrumentation/event-store/store-observation.js';
import {
  effectOf,
  type StoreReporting,
} from '../../instrumentation/event-store/store-operation.js';

/** What an operation on an event store did. */
export interface EventStoreResult {
  /** Events appended or read, 0 or more. @defaultValue 0 */
  readonly events?: number;
}

/** What a failed operation on an event store ran into. */
export interface EventStoreFailure {
  /** The stream had moved on: an optimistic-concurrency conflict. @defaultValue false */
  readonly conflict?: boolean;
}

/** An operation on an event store that the application records by hand. Ends once. */
export class ManualEventStoreOperation {
  readonly #category: string;
  readonly #observation: StoreObservation | undefined;

  /**
   * @param reporting - Where it is recorded; nowhere when left out.
   * @internal
   */
  constructor(operation: string, category: string, reporting?: StoreReporting) {
    const faults = reporting?.context.faults;
    this.#category = textName(category, faults);
    this.#observation =
      reporting && observe(textName(operation, faults), this.#category, reporting);
  }

  /** It went well. */
  succeed(result: EventStoreResult = {}): void {
    if (this.#observation?.isOpen !== true) return;
    const events = read(result, 'events');
    // What cannot be read is refused like a value that is no number.
    this.#observation.count(events === undefined ? undefined : (events.value ?? 0));
    this.#observation.succeed();
  }

  /** It failed. */
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
