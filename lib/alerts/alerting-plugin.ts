import { MetricHistory } from '../history/metric-history.js';
import { APPLICATION_REPORT, type ApplicationReport } from '../kernel/ports/application-report.js';
import { ALERT_PORT } from '../kernel/alert-port.js';
import { MetricRegistry } from '../metrics/registry.js';
import type { ObservabilityPlugin, PluginContext } from '../plugins/plugin.js';
import type { AlertingOptions } from './alerting-options.js';
import { planOf } from './alerting-plan.js';
import { leading } from './alert-leading.js';
import { AlertEngine } from './engine/alert-engine.js';

/**
 * Plugin that evaluates alerts on the history of the metrics and notifies receivers, without a Prometheus. It provides
 * {@link AlertEngine} and requires the plugin `history()`.
 *
 * A process that is dead cannot alert: give the receiver `heartbeat()` the address of a dead man's switch.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { alerting, slack } from '@eventcore/nestjs-observability/alerting';
 * import { history } from '@eventcore/nestjs-observability/query';
 *
 * export const observability = ObservabilityModule.forRoot({
 *   plugins: [
 *     history(),
 *     alerting({
 *       rules: [{ name: 'orders_stopped', query: 'rate(shop_orders_total[5m]) == 0', for: '10m', severity: 'critical' }],
 *       receivers: [slack({ webhookFile: '/run/secrets/slack' })],
 *     }),
 *   ],
 * });
 * ```
 */
export function alerting(options: AlertingOptions = {}): ObservabilityPlugin {
  planOf(options);
  return {
    name: 'alerting',
    options: shownOptions(options),
    requires: ['history'],
    providers: [
      {
        provide: AlertEngine,
        inject: [MetricHistory],
        useFactory: (history: MetricHistory) => new AlertEngine(history, options),
      },
      { provide: ALERT_PORT, useExisting: AlertEngine },
    ],
    init: (context) => startEngine(context, options),
    started: async ({ get }) => {
      // In a member of a cluster, the history is that of the aggregator.
      if (get(MetricHistory).isOpen) await get(AlertEngine).begin();
    },
    stop: ({ get }) => get(AlertEngine).stop(),
  };
}

async function startEngine(
  { get, clock, timers, namespace, serviceName, report }: PluginContext,
  { leader }: AlertingOptions,
): Promise<void> {
  await get(AlertEngine).start({
    clock,
    timers,
    namespace,
    serviceName,
    report,
    registry: get(MetricRegistry),
    findings: () => get<ApplicationReport>(APPLICATION_REPORT).findings(),
    ...(leader !== undefined && leading(leader, get)),
  });
}

/** Options for `diagnose()`: receivers by name, because they know secrets. */
function shownOptions(options: AlertingOptions): Readonly<Record<string, unknown>> {
  const { receivers = [], leader, ...rest } = options;
  return {
    ...rest,
    receivers: receivers.map(({ name }) => name),
    ...(leader !== undefined && { leader: 'on' }),
  };
}
