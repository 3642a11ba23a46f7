import { ConfigurationError } from '../../../kernel/configuration-error.js';
import type { ObservabilityPlugin } from '../../../plugins/plugin.js';
import { PrometheusExporter } from '../prometheus.exporter.js';
import { DialectMetrics } from './dialect-metrics.js';
import { dialectRows, type DialectName } from './dialects.js';

/**
 * Plugin that also exposes catalogue metrics under the names of other systems. It adds cost to
 * scrapes, none to recording. Push exporters do not send the aliases.
 *
 * @param names - Dialects: `'eventcore-0.1'`, `'eventflux'`; at least one.
 * @throws ConfigurationError `OBS_OPTION_INVALID` for an unknown or missing name.
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { dialects } from '@eventcore/nestjs-observability/dialects';
 *
 * export const observability = ObservabilityModule.forRoot({ plugins: [dialects('eventflux')] });
 * ```
 */
export function dialects(...names: readonly [DialectName, ...DialectName[]]): ObservabilityPlugin {
  assertNames(names);
  return {
    name: 'dialects',
    options: { names },
    init: ({ get, namespace }) =>
      get(PrometheusExporter).derive(new DialectMetrics({ dialects: names, namespace })),
  };
}

function assertNames(names: readonly unknown[]): void {
  const known = Object.keys(dialectRows);
  const unknown = names.filter((it) => !(known as unknown[]).includes(it));
  if (names.length > 0 && unknown.length === 0) return;
  const values = names.length === 0 ? [undefined] : unknown;
  const problems = values.map((value) => ({
    subject: 'dialects()',
    value,
    rule: `must be one or more of ${known.map((it) => `'${it}'`).join(', ')}`,
    remedy: "Pass something like dialects('eventflux').",
  }));
  throw new ConfigurationError('OBS_OPTION_INVALID', ...problems);
}
