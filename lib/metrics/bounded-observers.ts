import type { HandlerIdentity } from '../kernel/observer.js';
import type { Instrument } from './instrument.js';
import type { LabelScope } from './label-scope.js';

/** How the observers of one kind of handlers are made. */
export interface BoundedObserversOptions<O> {
  /** The metrics that an observer has series in. */
  readonly metrics: readonly Instrument<unknown>[];
  scopeOf(handler: HandlerIdentity): LabelScope;
  make(scope: LabelScope, handler: HandlerIdentity): O;
}

/** The observers of one kind of handlers: one per name and labels while their series fit, one for all the others. */
export class BoundedObservers<O> {
  readonly #options: BoundedObserversOptions<O>;
  readonly #kept = new Map<string, O>();
  #other: O | undefined;

  constructor(options: BoundedObserversOptions<O>) {
    this.#options = options;
  }

  /** The observer of a handler. */
  get(handler: HandlerIdentity): O {
    const key = keyOf(handler);
    return (
      this.#kept.get(key) ?? (this.#other === undefined ? this.#make(key, handler) : this.#fold())
    );
  }

  /** All that there are. */
  *each(): Generator<O> {
    yield* this.#kept.values();
    if (this.#other !== undefined) yield this.#other;
  }

  #make(key: string, handler: HandlerIdentity): O {
    const scope = this.#options.scopeOf(handler);
    const made = this.#options.make(scope, handler);
    if (scope.kept) this.#kept.set(key, made);
    // Series are never given up: when one more name did not fit, no later one will.
    else this.#other = made;
    return made;
  }

  #fold(): O {
    for (const metric of this.#options.metrics) metric.other();
    return this.#other as O;
  }
}

/** Injective: the first character tells which of the two forms it is. Most handlers have no labels of their own. */
function keyOf({ name, labels }: HandlerIdentity): string {
  return Object.keys(labels).length === 0 ? `-${name}` : `+${JSON.stringify([name, labels])}`;
}
