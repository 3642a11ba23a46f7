import type { CustomMetric, MetricDefinition } from '../metrics/definition/metric-definition.js';
import type { Counter } from '../metrics/instruments/counter.js';
import type { Gauge } from '../metrics/instruments/gauge.js';
import type { Histogram } from '../metrics/instruments/histogram.js';
import { MetricRegistry } from '../metrics/registry.js';
import type { ObservabilityPlugin } from '../plugins/plugin.js';
import { assertMetricPack, assertSource } from './pack-check.js';
import type { MetricPackDefinition, PackMetrics } from './pack-definition.js';

/** Instrument of one metric of a pack, with the labels of its definition. */
export type PackInstrument<
  D extends MetricDefinition,
  L extends string = D extends { readonly labels: readonly (infer N extends string)[] } ? N : never,
> = { counter: Counter<L>; gauge: Gauge<L>; histogram: Histogram<L> }[D['type']];

/** Instruments of a pack, by member name. */
export type PackInstruments<M extends PackMetrics> = {
  readonly [K in keyof M]: PackInstrument<M[K]>;
};

/** Origin of instruments; `ObservabilityService` is one. */
export interface MetricSource {
  /** Returns the counter of a definition. */
  counter<L extends string>(metric: CustomMetric<L>): Counter<L>;
  /** Returns the gauge of a definition. */
  gauge<L extends string>(metric: CustomMetric<L>): Gauge<L>;
  /** Returns the histogram of a definition. */
  histogram<L extends string>(metric: CustomMetric<L>): Histogram<L>;
}

/** Class of a metric pack, to extend. Its instances have one instrument per metric. */
export interface MetricPack<M extends PackMetrics = PackMetrics> {
  /**
   * Makes the instruments. The plugin does it; call it for work outside of an application.
   *
   * @throws ConfigurationError `OBS_METRIC_CONFLICT`
   */
  new (source: MetricSource): PackInstruments<M>;
  /** Definition that the pack was made with. */
  readonly definition: MetricPackDefinition<M>;
  /** Plugin for the option `plugins`. The application then injects the class. */
  readonly plugin: ObservabilityPlugin;
}

/**
 * Defines a metric pack: metrics as data, and a class with one typed instrument for each of them. Listed in the option
 * `plugins`, the class can be injected. The metrics are on `/metrics` and in every export; `observability metrics reference`,
 * `metrics check` and `dashboards export` show them with `--pack`.
 *
 * @param definition - Name and metrics. They must keep every rule of `lintMetrics()`.
 * @throws ConfigurationError `OBS_OPTION_INVALID`, `OBS_METRIC_INVALID`
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { defineMetricPack } from '@eventcore/nestjs-observability/packs';
 *
 * export class Checkout extends defineMetricPack({
 *   name: 'checkout',
 *   metrics: {
 *     paid: { name: 'shop_paid_total', type: 'counter', help: 'Paid carts.', labels: ['channel'] },
 *     items: { name: 'shop_cart_items', type: 'histogram', help: 'Items of a paid cart.', buckets: [1, 2, 5] },
 *   },
 * }) {}
 *
 * export const observability = ObservabilityModule.forRoot({ plugins: [Checkout.plugin] });
 *
 * @Injectable()
 * export class Carts {
 *   constructor(private readonly checkout: Checkout) {}
 *
 *   pay(items: number) {
 *     this.checkout.paid.labels({ channel: 'web' }).inc();
 *     this.checkout.items.observe(items);
 *   }
 * }
 * ```
 */
export function defineMetricPack<const M extends PackMetrics>(
  definition: MetricPackDefinition<M>,
): MetricPack<M> {
  assertMetricPack(definition);
  const { name, metrics } = definition;
  class Pack {
    static readonly definition = definition;

    static get plugin(): ObservabilityPlugin {
      // The class that the application injects: `this` is the one that extends the pack.
      const useFactory = (registry: MetricRegistry) => new this(registry);
      const provider = { provide: this, inject: [MetricRegistry], useFactory };
      const names = Object.values(metrics).map((it) => it.name);
      return { name, options: { metrics: names }, providers: [provider] };
    }

    constructor(source: MetricSource) {
      assertSource(name, source);
      for (const [member, { type, ...metric }] of Object.entries<MetricDefinition>(metrics))
        Object.assign(this, { [member]: source[type](metric) });
    }
  }
  return Pack as unknown as MetricPack<M>;
}
