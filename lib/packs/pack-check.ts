import { ConfigurationError } from '../kernel/configuration-error.js';
import { definitionProblems } from '../metrics/definition/definition-checks.js';
import type { MetricDefinition } from '../metrics/definition/metric-definition.js';
import { lintMetrics } from '../metrics/definition/metric-lint.js';
import { assertOptions } from '../options/assert-options.js';
import { anyValue, group, option, record } from '../options/description.js';
import type { MetricPackDefinition } from './pack-definition.js';

const PACK_NAME = /^[a-z][a-z0-9-]{0,63}$/;
const MEMBER = /^[a-z][a-zA-Z0-9]*$/;

const isText = (pattern: RegExp) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value) && value !== 'constructor';

const packDescription = group<MetricPackDefinition>({
  name: option(isText(PACK_NAME), {
    rule: '1 to 64 lower-case letters, digits and hyphens, the first a letter',
    remedy: "Name the pack something like 'checkout'.",
    required: true,
  }),
  metrics: record(
    {
      key: option(isText(MEMBER), {
        rule: 'a word in camel case',
        remedy: "Name the member something like 'paidCarts'.",
      }),
      // The rules of the lint check the values.
      value: group<MetricDefinition>({
        name: anyValue,
        type: anyValue,
        help: anyValue,
        unit: anyValue,
        labels: anyValue,
        buckets: anyValue,
        seriesLimit: anyValue,
        aggregation: anyValue,
        processWide: anyValue,
        otelName: anyValue,
        otelUnit: anyValue,
        otelLabels: anyValue,
      }),
    },
    { rule: 'an object of metrics', remedy: 'Pass a definition for each metric.', required: true },
  ),
});

/**
 * Asserts that a pack is complete and that its metrics break no rule of the lint.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`, `OBS_METRIC_INVALID` with every problem.
 */
export function assertMetricPack(pack: MetricPackDefinition): void {
  assertOptions('defineMetricPack()', packDescription, pack);
  const problems = Object.values(pack.metrics).flatMap((it) =>
    definitionProblems(it, lintMetrics([it])),
  );
  if (problems.length > 0) throw new ConfigurationError('OBS_METRIC_INVALID', ...problems);
}

/**
 * Asserts that a pack is made by its plugin.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 */
export function assertSource(pack: string, source: unknown): void {
  if (typeof source === 'object' && source !== null) return;
  throw new ConfigurationError('OBS_OPTION_INVALID', {
    subject: `metric pack ${pack}`,
    value: source,
    rule: 'must be made by its plugin, or with an ObservabilityService',
    remedy: 'List the static member plugin of its class in plugins, and the class in no providers.',
  });
}
