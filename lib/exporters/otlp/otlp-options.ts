import * as v from 'valibot';
import { assertOptions } from '../../options/assert-options.js';
import { group, option, type OptionRule, record } from '../../options/description.js';
import { oneOf, timerMs } from '../../options/standard-options.js';
import type { ResourceAttributes } from '../../otlp/resource-attributes.js';
import { otlpTransportMembers, type OtlpTransportOptions } from '../../otlp/transport-options.js';
import { exporterName } from '../port/exporter-options.js';
import type { HistogramKind, Temporality } from './encoding/metric-encoding.js';

/** Options of {@link otlp}. Omitted options are read from the standard `OTEL_EXPORTER_OTLP_` variables. */
export interface OtlpMetricsOptions extends OtlpTransportOptions {
  /** Value of the label `exporter` in the export metrics. @defaultValue 'otlp_metrics' */
  readonly name?: string;
  /**
   * `cumulative` sends counts since the start. `delta` sends counts since the previous export and
   * retains those that the receiver has not accepted. @defaultValue
   * `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, else `cumulative`
   */
  readonly temporality?: Temporality;
  /**
   * `exponential` derives the buckets of all histograms from their values, at the finest scale that
   * fits 160 buckets on each side of 0. @defaultValue
   * `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`, else `explicit`
   */
  readonly histograms?: HistogramKind;
  /**
   * Resource attributes in addition to those of the module options: `service.name`,
   * `service.version`, `deployment.environment.name`, the global labels and a generated
   * `service.instance.id`. @defaultValue none
   */
  readonly resource?: ResourceAttributes;
  /** Interval between two exports in milliseconds. @defaultValue `OTEL_METRIC_EXPORT_INTERVAL`, else 60000 */
  readonly intervalMs?: number;
  /**
   * Time limit of one export including its retries, in milliseconds.
   * @defaultValue the shorter of `OTEL_METRIC_EXPORT_TIMEOUT` and
   * `OTEL_EXPORTER_OTLP_(METRICS_)TIMEOUT`, else 10000
   */
  readonly timeoutMs?: number;
}

const attribute = v.union([v.string(), v.number(), v.boolean()]);
const attributes: OptionRule = {
  rule: 'texts, numbers and booleans by attribute name',
  remedy: "Pass something like { 'cloud.region': 'eu-1' }.",
};

/** Description of {@link OtlpMetricsOptions}. The reference of options reads it. @public */
export const otlpMetricsOptions = group<OtlpMetricsOptions>({
  name: exporterName(),
  ...otlpTransportMembers,
  temporality: oneOf(['cumulative', 'delta']),
  histograms: oneOf(['explicit', 'exponential']),
  resource: record(
    {
      key: option(v.string(), attributes),
      value: option(attribute, { ...attributes, rule: 'a text, number or boolean' }),
    },
    attributes,
  ),
  intervalMs: timerMs(),
});

/** @throws ConfigurationError `OBS_OPTION_INVALID` */
export function assertOtlpOptions(options: OtlpMetricsOptions): void {
  assertOptions('otlp', otlpMetricsOptions, options);
}
