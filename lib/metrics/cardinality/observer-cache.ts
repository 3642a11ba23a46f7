import type { HandlerIdentity } from '../../kernel/observer.js';
import type { Instrument } from '../instruments/instrument.js';
import type { LabelScope } from './label-scope.js';

/** How the observers of one kind of handlers are made. */
export interface ObserverCacheOptions<O> {
  /** The metrics that an observer has series in. */
  readonly metrics: readonly Instrument[];
  scopeOf(handler: HandlerIdentity): LabelScope;
  make(scope: LabelScope, handler: HandlerIdentity): O;
}

/** Rules let any number of names share few series: of further names, those that share their series share an observer. */
const NAMES_WITH_RULES = 1000;

/** The observers of one kind of handlers: one per name and labels while their series fit, one for all the others. */
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

  /** The observer of a handler. */
  get(handler: HandlerIdentity): O {
    const key = keyOf(handler);
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    // Series are never given up: when one more name did not fit, no later one will, unless it shares those of another.
    const isFull = this.#other !== undefined && !this.#hasRules;
    return isFull ? this.#fold() : this.#make(key, handler);
  }

  /** All that there are. */
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

/** Injective: the first character tells which of the two forms it is. Most handlers have no labels of their own. */
function keyOf({ name, labels }: HandlerIdentity): string {
  return Object.keys(labels).length === 0 ? `-${name}` : `+${JSON.stringify([name, labels])}`;
}
