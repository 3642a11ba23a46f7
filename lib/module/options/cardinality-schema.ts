import * as v from 'valibot';
import { LABEL_VALUE_LIMIT } from '../../kernel/label.js';

const MAX_SERIES = 1_000_000;
const MAX_TOTAL = 10_000_000;
const MAX_BUCKETS = 1_000;

const value = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.maxLength(LABEL_VALUE_LIMIT),
  v.check((it) => it.isWellFormed()),
);
const group = v.strictObject({ match: v.instance(RegExp), as: value });
const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));

const labelRules = v.record(
  v.pipe(v.string(), v.nonEmpty()),
  v.pipe(
    v.strictObject({
      allow: v.optional(v.array(value)),
      groups: v.optional(v.pipe(v.array(group), v.minLength(1))),
      buckets: v.optional(count(MAX_BUCKETS)),
    }),
    // A rule that says nothing is a typing error, such as one with its members in the wrong place.
    v.check((it) => Object.values(it).some((part) => part !== undefined)),
  ),
);

const metricCardinality = v.strictObject({
  seriesLimit: v.optional(count(MAX_SERIES)),
  labels: v.optional(labelRules),
});

/** The schema of the option `cardinality`. */
export const cardinalitySchema = v.strictObject({
  seriesLimit: v.optional(count(MAX_SERIES)),
  totalSeriesLimit: v.optional(count(MAX_TOTAL)),
  perMetric: v.optional(
    v.record(
      v.pipe(v.string(), v.nonEmpty()),
      v.lazy((it) => (typeof it === 'number' ? count(MAX_SERIES) : metricCardinality)),
    ),
  ),
  labels: v.optional(labelRules),
});
