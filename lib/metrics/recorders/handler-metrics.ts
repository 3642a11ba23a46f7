import type { Clock } from '../../kernel/clock.js';
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
  readonly clock: Clock;
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
  readonly #deps: KindMetricsDeps;
  readonly #metrics = new Map<HandlerKind, KindMetrics>();
  readonly #observers = new Map<HandlerKind, Observer>();

  constructor(deps: KindMetricsDeps, kinds: readonly MeasuredKind[]) {
    this.#deps = deps;
    this.kinds = kinds;
    for (const it of kinds) if (it.onDemand !== true) this.of(it);
  }

  /** Metrics of one of the kinds, which are registered now if they are not yet. */
  of<M extends KindMetrics>(kind: MeasuredKind<M>): M {
    const known = this.#metrics.get(kind);
    if (known !== undefined) return known as M;
    const made = kind.measure(this.#deps);
    this.#metrics.set(kind, made);
    this.#observers.set(kind, made);
    return made;
  }

  /** Calls of a kind that are executing now. */
  executing(kind: HandlerKind): number {
    return this.#metrics.get(kind)?.executing ?? 0;
  }

  /** Binds the handlers of a kind to another observer, which passes the observations on to the metrics. */
  route(kind: HandlerKind, observer: Observer): void {
    this.#observers.set(kind, observer);
  }

  /** {@inheritDoc Observer.bind} */
  bind(handler: HandlerIdentity): HandlerObserver {
    const { kind } = handler;
    const isOurs = (it: HandlerKind): it is MeasuredKind => this.kinds.includes(it as MeasuredKind);
    const observer = this.#observers.get(kind) ?? (isOurs(kind) ? this.of(kind) : undefined);
    if (observer === undefined)
      throw new TypeError(`${handler.kind.name} is not a registered kind`);
    return observer.bind(handler);
  }
}
