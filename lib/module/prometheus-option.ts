import { isPrometheusEndpoint } from '../exporters/prometheus/prometheus.js';
import { ConfigurationError } from '../kernel/configuration-error.js';
import type { MetricsExporter } from '../exporters/port/metrics-exporter.js';
import { misplacedRule } from './options/option-rules.js';

interface Options {
  readonly exporters?: unknown;
  readonly prometheus?: unknown;
}

/**
 * Options with the endpoint that stands among the exporters as the option `prometheus`, which shapes the module.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` when it is given twice.
 */
export function withNamedEndpoint<O extends Options>(options: O): O {
  if (!Array.isArray(options?.exporters)) return options;
  const named = options.exporters.filter(isPrometheusEndpoint);
  if (named.length === 0) return options;
  if (named.length > 1 || options.prometheus !== undefined) {
    throw new ConfigurationError('OBS_OPTION_INVALID', {
      subject: 'exporters',
      value: 'prometheus()',
      rule: 'the options of the endpoint are given once',
      remedy: 'Pass them to prometheus(), or as the option prometheus.',
    });
  }
  const exporters = options.exporters.filter((it) => !isPrometheusEndpoint(it));
  return { ...options, exporters, prometheus: named[0]?.endpoint };
}

/**
 * The exporters that a factory returned, without the endpoint.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` for one with options: they are needed before the factory runs.
 */
export function withoutNamedEndpoint(exporters: readonly MetricsExporter[]): MetricsExporter[] {
  for (const it of exporters) {
    if (!isPrometheusEndpoint(it) || Object.keys(it.endpoint).length === 0) continue;
    throw new ConfigurationError('OBS_OPTION_INVALID', {
      ...misplacedRule,
      subject: 'exporters',
      value: 'prometheus()',
      remedy: 'Pass its options as prometheus, beside useFactory.',
    });
  }
  return exporters.filter((it) => !isPrometheusEndpoint(it));
}
