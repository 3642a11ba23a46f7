import type { HandlerIdentity } from '../../kernel/observer.js';
import type { Instrument } from '../instruments/instrument.js';
import type { LabelScope } from './label-scope.js';

/** Settings of an {@link ObserverCache}. */
export interface ObserverCacheOptions<O> {
  /** Metrics in which an observer has series. */
  readonly metrics: readonly Instrument[];
  scopeOf(handler: HandlerIdentity): LabelScope;
  make(scope: LabelScope, handler: HandlerIdentity): O;
}

/** With label rules, many names share few series. Beyond this number, names with the same series share one observer. */
const NAMES_WITH_RULES = 1000;

/** Observers of one handler kind: one per name and labels while their series fit, and one for all others. */
export class ObserverCache<O> {
  readonly #options: ObserverCacheOptions<O>;
  readonly #hasRules: boolean;
  readonly #kept = new Map<string, O>();
  #other: O | undefined;

  constructor(options: ObserverCacheOptions<O>) {
    this.#options = options;
    this.#hasRules = options.metrics.some(({ bounds }) =>
      bounds.rules.some((it) => it !== undefined),
    );
  }

  /** Returns the observer of a handler. */
  get(handler: HandlerIdentity): O {
    const key = keyOf(handler);
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    // Handler series are never released: once one name did not fit, later names cannot fit either, unless they share
    // existing series.
    const isFull = this.#other !== undefined && !this.#hasRules;
    return isFull ? this.#fold() : this.#make(key, handler);
  }

  /** All observers. */
  *each(): Generator<O> {
    yield* this.#kept.values();
    if (this.#other !== undefined) yield this.#other;
  }

  #make(name: string, handler: HandlerIdentity): O {
    const scope = this.#options.scopeOf(handler);
    if (!scope.kept)
      return this.#other === undefined ? this.#makeOther(scope, handler) : this.#fold();
    const sharesSeries = this.#hasRules && this.#kept.size >= NAMES_WITH_RULES;
    const key = sharesSeries ? scope.keyIn(this.#options.metrics) : name;
    const made = this.#kept.get(key) ?? this.#options.make(scope, handler);
    this.#kept.set(key, made);
    return made;
  }

  #makeOther(scope: LabelScope, handler: HandlerIdentity): O {
    this.#other = this.#options.make(scope, handler);
    return this.#other;
  }

  #fold(): O {
    for (const metric of this.#options.metrics) metric.other();
    return this.#other as O;
  }
}

/** Injective: the first character distinguishes the two forms. Most handlers have no labels of their own. */
function keyOf({ name, labels }: HandlerIdentity): string {
  return Object.keys(labels).length === 0 ? `-${name}` : `+${JSON.stringify([name, labels])}`;
}
