import { PrometheusExporter } from '../../exporters/prometheus/prometheus.exporter.js';
import { assertOptions } from '../../options/assert-options.js';
import { MetricRegistry } from '../../metrics/registry.js';
import type { ObservabilityPlugin, PluginContext } from '../../plugins/plugin.js';
import { meterSlot } from './meter-slot.js';
import { type OtelMetricsOptions, otelMetricsOptions } from './metric-view.js';
import { registerMeter } from './register-meter.js';

/**
 * Plugin that shows metrics of the OpenTelemetry API on `/metrics` and in all other exports: those of `MetricService` and
 * `@OtelMethodCounter` of nestjs-otel, of instrumentations, and of `metrics.getMeter()`. The call registers the library's
 * `MeterProvider`, unless another one is registered. Instruments that were made before record nothing.
 *
 * An application with a `MeterProvider` of its own passes it {@link otelReader}.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { otelMetrics } from '@eventcore/nestjs-observability/otel-metrics';
 *
 * export const observability = ObservabilityModule.forRoot({
 *   plugins: [
 *     otelMetrics({ views: [{ instrument: 'http.server.*', attributeKeys: ['http.route'] }] }),
 *   ],
 * });
 * ```
 */
export function otelMetrics(options: OtelMetricsOptions = {}): ObservabilityPlugin {
  assertOptions('otelMetrics()', otelMetricsOptions, options);
  const { readers } = meterSlot();
  // A process with a reader has a provider of its own.
  const unregister = readers.length > 0 ? undefined : registerMeter();
  return {
    name: 'meter',
    options: { ...options },
    providers: [{ provide: ShownMeter, useFactory: () => new ShownMeter(options, unregister) }],
    init: (context) => context.get(ShownMeter).begin(context),
    stop: ({ get }) => get(ShownMeter).end(),
  };
}

/** Metrics of the OpenTelemetry API in one application. */
class ShownMeter {
  readonly #options: OtelMetricsOptions;
  #unregister: (() => void) | undefined;
  #hide: (() => void) | undefined;

  constructor(options: OtelMetricsOptions, unregister: (() => void) | undefined) {
    this.#options = options;
    this.#unregister = unregister;
  }

  begin({ get, report }: PluginContext): void {
    const slot = meterSlot();
    const { views = [], scopeLabels = true, callbackTimeoutMs = 1_000 } = this.#options;
    get(PrometheusExporter).include({
      read: async () => (await Promise.all(slot.readers.map((it) => it.read()))).flat(),
    });
    // A container that is used again, and one whose module is compiled twice, register it anew.
    if (slot.readers.length === 0) this.#unregister = registerMeter() ?? this.#unregister;
    const registry = get(MetricRegistry);
    const application = { registry, views, scopeLabels, callbackTimeoutMs, report };
    this.#hide = slot.provider?.show(application);
    registry.onCollect(lostCallsReport(report));
  }

  end(): void {
    this.#hide?.();
    if (meterSlot().provider?.shownBy === undefined) this.#unregister?.();
  }
}

/** Returns a check that reports the first call of an instrument without effect. */
function lostCallsReport(report: (fault: unknown) => void): () => void {
  let isReported = false;
  return () => {
    const { lostCalls = 0 } = meterSlot();
    if (isReported || lostCalls === 0) return;
    isReported = true;
    report(
      new Error('instruments were made before the MeterProvider was registered; see diagnose()'),
    );
  };
}
