import { ConfigurationError, type ConfigurationProblem } from '../../kernel/configuration-error.js';
import { durationBuckets, type MetricDefinition } from './metric-definition.js';
import { fatalProblems, type LintProblem } from './metric-lint.js';

/**
 * Asserts that a definition can be exposed.
 *
 * @throws ConfigurationError `OBS_METRIC_INVALID` when it cannot.
 */
export function assertValid(definition: MetricDefinition): void {
  const problems = definitionProblems(definition, fatalProblems(definition));
  if (problems.length > 0) throw new ConfigurationError('OBS_METRIC_INVALID', ...problems);
}

/** Returns what the lint found in a definition as problems of the configuration. */
export function definitionProblems(
  definition: MetricDefinition,
  found: readonly LintProblem[],
): ConfigurationProblem[] {
  return found.map(({ rule, message }) => ({
    subject: `metric ${String(definition.name).slice(0, 100)}`,
    value: offendingPart(definition, rule),
    rule: message,
    remedy: `Change the definition (rule ${rule}).`,
  }));
}

function offendingPart(definition: MetricDefinition, rule: string): unknown {
  if (rule === 'definition-type') return definition.type;
  if (rule === 'series-limit') return definition.seriesLimit;
  if (rule === 'aggregation') return definition.aggregation;
  if (rule === 'help') return definition.help;
  if (rule === 'unit-suffix') return definition.unit;
  if (rule.includes('label')) return definition.labels;
  return rule.includes('bucket') ? definition.buckets : definition.name;
}

/** Returns a frozen copy. */
export function frozen(definition: MetricDefinition): MetricDefinition {
  const { labels, buckets } = definition;
  return Object.freeze({
    ...definition,
    ...(labels && { labels: Object.freeze([...labels]) }),
    ...(buckets && { buckets: Object.freeze([...buckets]) }),
  });
}

/**
 * Asserts that two definitions with the same name agree on type, unit, labels, aggregation and buckets.
 *
 * @throws ConfigurationError `OBS_METRIC_CONFLICT` when they differ.
 */
export function assertSame(known: MetricDefinition, wanted: MetricDefinition): void {
  const differing = aspects.find(([, of]) => of(known) !== of(wanted));
  if (differing === undefined) return;
  const [aspect, of] = differing;
  throw new ConfigurationError('OBS_METRIC_CONFLICT', {
    subject: `${aspect} of metric ${wanted.name}`,
    value: of(wanted),
    rule: `the metric is already registered with ${aspect} ${JSON.stringify(of(known))}`,
    remedy: 'Use the same definition in both places, or rename one of the metrics.',
  });
}

const aspects: readonly (readonly [string, (definition: MetricDefinition) => string])[] = [
  ['type', ({ type }) => type],
  ['unit', ({ unit = '' }) => unit],
  ['labels', ({ labels = [] }) => labels.toSorted().join()],
  ['aggregation', ({ aggregation = 'sum' }) => aggregation],
  [
    'buckets',
    ({ type, buckets = durationBuckets }) => (type === 'histogram' ? buckets.join() : ''),
  ],
];
