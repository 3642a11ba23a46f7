import { exporterList } from '../exporters/port/exporter-options.js';
import type { MetricsExporter } from '../exporters/port/metrics-exporter.js';
import { assertOptions } from '../options/assert-options.js';
import { group, option, record } from '../options/description.js';
import { callback, flag, labelName, namespace, timerMs } from '../options/standard-options.js';

/** Options of the aggregation of workers or threads. */
export interface AggregatorOptions {
  /**
   * Time limit for the report of a member in milliseconds, above 0. A slower member contributes its last report.
   *
   * @defaultValue 2000
   */
  readonly timeoutMs?: number;
  /**
   * Polling interval in milliseconds when no scrape occurs, above 0. It bounds the age of the last report of a member
   * that is killed. @defaultValue 10000
   */
  readonly refreshMs?: number;
  /** The option `namespace` of the applications. @defaultValue 'eventcore' */
  readonly namespace?: string;
  /**
   * Global label `service` of the aggregated endpoint. Applications add their own label to the scrapes that they
   * answer. @defaultValue no label
   */
  readonly serviceName?: string;
  /** Global label `environment` of the aggregated endpoint. @defaultValue no label */
  readonly environment?: string;
  /** Additional global labels of the aggregated endpoint. @defaultValue none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Renders, in OpenMetrics, the most recent sampled span of each bucket. @defaultValue true */
  readonly exemplars?: boolean;
  /** Renders, in OpenMetrics, the creation time of each counter and histogram. @defaultValue false */
  readonly created?: boolean;
  /**
   * Exporters that send the metrics of all members, such as `otlp()` or a `MetricHistory`. They export a last time when
   * the aggregator closes. @defaultValue none
   */
  readonly exporters?: readonly MetricsExporter[];
  /** Receives fault messages, at most one a minute per component. @defaultValue `process.emitWarning` */
  readonly warn?: (message: string) => void;
}

const text = option((it) => typeof it === 'string' && it.trim() !== '' && it.isWellFormed(), {
  rule: 'a text that is not blank',
  remedy: 'Pass a short text, or leave the option out.',
});

/** Description of {@link AggregatorOptions}. The reference of options reads it. @public */
export const aggregatorOptions = group<AggregatorOptions>({
  timeoutMs: timerMs(),
  refreshMs: timerMs(),
  namespace: namespace({ remedy: "Pass the module's namespace, something like 'shop'." }),
  serviceName: text,
  environment: text,
  labels: record(
    { key: labelName(), value: text },
    {
      rule: 'an object of texts by label name',
      remedy: "Pass something like { region: 'eu' }.",
    },
  ),
  exemplars: flag(),
  created: flag(),
  exporters: exporterList,
  warn: callback('Pass (message) => logger.warn(message).'),
});

/** @throws ConfigurationError `OBS_OPTION_INVALID` when an option is invalid. */
export function assertAggregatorOptions(subject: string, options: unknown): void {
  assertOptions(subject, aggregatorOptions, options);
}
