import type { Attributes } from '@opentelemetry/api';
import { detachString, LABEL_VALUE_LIMIT } from '../../kernel/label.js';
import type { AnySeries, OpenMetric } from '../../metrics/instruments/open-metric.js';
import type { LabelTranslation } from './metric-translation.format.js';

/** Lookup of the series that a call records on. */
export interface SeriesLookup<S> {
  /** Returns the series of these attributes. It never throws. */
  find(attributes: Attributes | undefined): S;
}

// Beyond this number of remembered attribute sets, further ones are translated with each call.
const MOST_PATHS = 10_000;

/** Attributes of a call, one by one: a call looks up its series by their values and makes no text of them. */
class PathNode<S> {
  series: S | undefined;
  #key: string | undefined;
  #values = new Map<unknown, PathNode<S>>();
  #others: Map<string, Map<unknown, PathNode<S>>> | undefined;

  next(key: string, value: unknown): PathNode<S> | undefined {
    // Calls with the same attributes name them in the same order, so most nodes have one key.
    return (key === this.#key ? this.#values : this.#others?.get(key))?.get(value);
  }

  extend(key: string, value: unknown): PathNode<S> {
    const known = this.next(key, value);
    if (known !== undefined) return known;
    const made = new PathNode<S>();
    this.#valuesOf(key).set(typeof value === 'string' ? detachString(value) : value, made);
    return made;
  }

  #valuesOf(key: string): Map<unknown, PathNode<S>> {
    this.#key ??= key;
    if (key === this.#key) return this.#values;
    this.#others ??= new Map();
    let values = this.#others.get(key);
    if (values === undefined) this.#others.set(key, (values = new Map()));
    return values;
  }
}

/** Dependencies of an {@link AttributeSeries}. */
export interface AttributeSeriesDeps {
  readonly metric: OpenMetric;
  readonly translation: LabelTranslation;
  /** Receives the fault of attributes that cannot be read. */
  report(fault: unknown): void;
}

/** Series of one instrument by the attributes of its calls. */
export class AttributeSeries<S extends AnySeries> implements SeriesLookup<S> {
  readonly #deps: AttributeSeriesDeps;
  readonly #root = new PathNode<S>();
  #paths = 0;

  constructor(deps: AttributeSeriesDeps) {
    this.#deps = deps;
  }

  /** {@inheritDoc SeriesLookup.find} */
  find(attributes: Attributes | undefined): S {
    let node: PathNode<S> | undefined = this.#root;
    try {
      const { translation } = this.#deps;
      for (const key in attributes) {
        if (!translation.keeps(key)) continue;
        node = node.next(key, attributes[key]);
        if (node === undefined) return this.#resolve(attributes);
      }
      return node.series ?? this.#resolve(attributes);
    } catch (fault) {
      // A getter of the application, or a value without a text.
      this.#deps.report(fault);
      return this.#root.series ?? this.#resolve(undefined);
    }
  }

  #resolve(attributes: Attributes | undefined): S {
    const { metric, translation } = this.#deps;
    const { series, isOwn } = metric.resolve(translation.labelsOf(attributes));
    // A look-up that a limit has redirected is counted each time.
    if (isOwn && this.#paths < MOST_PATHS) this.#remember(attributes, series as S);
    return series as S;
  }

  #remember(attributes: Attributes | undefined, series: S): void {
    const { translation } = this.#deps;
    const kept = Object.entries(attributes ?? {}).filter(([key]) => translation.keeps(key));
    if (!kept.every(([, value]) => isKey(value))) return;
    let node = this.#root;
    for (const [key, value] of kept) node = node.extend(key, value);
    node.series = series;
    this.#paths++;
  }
}

/** Returns true for a value that identifies itself, and is no longer than its label. */
function isKey(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= LABEL_VALUE_LIMIT;
  return typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol';
}
