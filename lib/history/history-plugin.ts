import type { InjectionToken, Provider } from '@nestjs/common';
import type { ExportingPlugin } from '../exporters/port/exporting-plugin.js';
import type { MetricsExporter } from '../exporters/port/metrics-exporter.js';
import { ALERT_PORT, type AlertPort } from '../kernel/alert-port.js';
import { libraryVersion as version } from '../kernel/library.js';
import { MetricRegistry } from '../metrics/registry.js';
import { assertOptions } from '../options/assert-options.js';
import type { ObservabilityPlugin } from '../plugins/plugin.js';
import type { ServingPlugin } from '../plugins/serving-plugin.js';
import { MetricQueries } from '../query/metric-queries.js';
import { QueryApi } from './api/query-api.js';
import { QUERY_API_PATH, queryApiController } from './api/query-api.controller.js';
import { type HistoryOptions, historyOptions } from './history-options.js';
import { MetricHistory } from './metric-history.js';

type Injected = [MetricQueries, MetricHistory, MetricRegistry, AlertPort | undefined];

const queryApi: Provider = {
  provide: QueryApi,
  inject: [MetricQueries, MetricHistory, MetricRegistry, { token: ALERT_PORT, optional: true }],
  useFactory: (...[queries, source, registry, alerts]: Injected) =>
    new QueryApi({ queries, source, registry, alerts, clock: source.clock, version }),
};

/**
 * Plugin that records all metrics of the application every five seconds: each tick of the last hour, one tick a minute of
 * the last 26 hours, and with the option `storage` of the last days, in files. It provides {@link MetricHistory}, and
 * {@link MetricQueries} for questions in PromQL.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { history } from '@eventcore/nestjs-observability/query';
 *
 * export const observability = ObservabilityModule.forRoot({
 *   plugins: [history({ storage: { directory: '/var/lib/shop/metrics', retention: '15d' } })],
 * });
 * ```
 */
export function history(options: HistoryOptions = {}): ObservabilityPlugin {
  assertOptions('history()', historyOptions, options);
  const plugin: ExportingPlugin & ServingPlugin = {
    name: 'history',
    options: shownOptions(options),
    exporter: MetricHistory as InjectionToken<MetricsExporter>,
    served: options.api === undefined ? [] : [options.api.path ?? QUERY_API_PATH],
    providers: [
      { provide: MetricHistory, useFactory: () => new MetricHistory(options) },
      {
        provide: MetricQueries,
        inject: [MetricHistory],
        useFactory: (source: MetricHistory) =>
          new MetricQueries(source, options.queries, source.clock),
      },
      ...(options.api === undefined ? [] : [queryApi]),
    ],
    ...(options.api !== undefined && { controllers: [queryApiController(options.api)] }),
  };
  return plugin;
}

/** Options for `diagnose()`, without classes. */
function shownOptions({ api, ...options }: HistoryOptions): Readonly<Record<string, unknown>> {
  return { ...options, ...(api !== undefined && { api: api.path ?? 'on' }) };
}
