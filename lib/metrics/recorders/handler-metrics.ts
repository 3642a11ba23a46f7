import type { HandlerKind } from '../../kernel/handler-kind.js';
import type { HandlerIdentity, HandlerObserver, Observer } from '../../kernel/observer.js';
import type { CatalogueMetric } from '../catalogue/catalogue-metric.js';
import type { MetricRegistry } from '../registry.js';
import type { CatalogueNaming } from './catalogue-instruments.js';
import type { ErrorMetrics } from './error-metrics.js';

/** Dependencies of the metrics of handlers. */
export interface KindMetricsDeps {
  readonly registry: MetricRegistry;
  readonly errors: ErrorMetrics;
  readonly naming: CatalogueNaming;
}

/** Turns observations of one kind of handlers into metrics. */
export interface KindMetrics extends Observer {
  /** Calls executing now. */
  readonly executing: number;
}

/** A kind of handlers with its metrics. */
export interface MeasuredKind<M extends KindMetrics = KindMetrics> extends HandlerKind {
  readonly metrics: Readonly<Record<string, CatalogueMetric>>;
  /** Registers the metrics and makes their recorder. */
  measure(deps: KindMetricsDeps): M;
}

/** Turns observations of handlers into metrics, each kind into its own. */
export class HandlerMetrics implements Observer {
  readonly kinds: readonly MeasuredKind[];
  readonly #metrics: ReadonlyMap<HandlerKind, KindMetrics>;
  readonly #observers: Map<HandlerKind, Observer>;

  constructor(deps: KindMetricsDeps, kinds: readonly MeasuredKind[]) {
    this.kinds = kinds;
    this.#metrics = new Map(kinds.map((it) => [it, it.measure(deps)] as const));
    this.#observers = new Map(this.#metrics);
  }

  /** Metrics of one of the kinds. */
  of<M extends KindMetrics>(kind: MeasuredKind<M>): M {
    return this.#metrics.get(kind) as M;
  }

  /** Binds the handlers of a kind to another observer, which passes the observations on to the metrics. */
  route(kind: HandlerKind, observer: Observer): void {
    this.#observers.set(kind, observer);
  }

  /** {@inheritDoc Observer.bind} */
  bind(handler: HandlerIdentity): HandlerObserver {
    const observer = this.#observers.get(handler.kind);
    if (observer === undefined)
      throw new TypeError(`${handler.kind.name} is not a registered kind`);
    return observer.bind(handler);
  }
}
