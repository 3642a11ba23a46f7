import * as v from 'valibot';
import { LABEL_VALUE_LIMIT } from '../../kernel/label.js';
import { group, list, option, type OptionRule, record } from '../../options/description.js';
import { wholeNumber } from '../../options/standard-options.js';
import type { MetricCardinality } from './cardinality.js';
import type { LabelGroup, LabelRule, LabelRules } from './label-rules.js';

/** Bounds on the number of series. */
export interface CardinalityOptions {
  /** Series per metric before further ones fold into `__other__`, 1 to 1,000,000. @defaultValue 1000 */
  readonly seriesLimit?: number;
  /**
   * Series of all metrics together before further ones fold, 1 to 10,000,000. The series `__other__` and those of closed
   * lists that the library makes itself are counted and never turned away. @defaultValue 100000, or the highest limit of
   * one metric when that is more
   */
  readonly totalSeriesLimit?: number;
  /** Bounds of single metrics by their full names; a number is a series limit. @defaultValue none */
  readonly perMetric?: Readonly<Record<string, number | MetricCardinality>>;
  /** Which values labels can have, by label name, in all metrics but the closed lists of the library. @defaultValue any */
  readonly labels?: LabelRules;
}

const MAX_SERIES = 1_000_000;
const MAX_TOTAL = 10_000_000;
const MAX_BUCKETS = 1_000;

const labelValue = option(
  v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(LABEL_VALUE_LIMIT),
    v.check((it) => it.isWellFormed()),
  ),
  {
    rule: `1 to ${LABEL_VALUE_LIMIT} characters of well-formed text`,
    remedy: 'Shorten the value.',
    required: true,
  },
);
const name = (what: string) =>
  option(v.pipe(v.string(), v.minLength(1)), {
    rule: `the name of a ${what}`,
    remedy: `Name the ${what}.`,
  });
const seriesLimit = wholeNumber(1, MAX_SERIES, {
  remedy: 'Pass the number of series that a metric may have.',
});

const labelGroup = group<LabelGroup>(
  {
    match: option((it) => it instanceof RegExp, {
      rule: 'a regular expression',
      remedy: 'Pass something like /^\\/orders\\//.',
      required: true,
    }),
    as: labelValue,
  },
  {
    rule: 'an object with match and as',
    remedy: "Pass something like { match: /^4/, as: '4xx' }.",
  },
);
const ruleOfLabels: OptionRule = {
  rule: 'an object of label rules by label name',
  remedy: "Pass something like { tenant: { buckets: 16 }, region: { allow: ['eu', 'us'] } }.",
};
const labelRule = group<LabelRule>(
  {
    allow: list(labelValue, {
      rule: 'an array of label values',
      remedy: "Pass something like ['eu', 'us'].",
    }),
    groups: list(labelGroup, {
      rule: 'an array of at least one object with match and as',
      remedy: "Pass something like [{ match: /^4/, as: '4xx' }].",
      atLeast: 1,
    }),
    buckets: wholeNumber(1, MAX_BUCKETS),
  },
  {
    rule: 'an object with allow, groups or buckets',
    remedy: 'Pass something like { buckets: 16 }.',
    checks: [
      {
        // An empty rule is a typing error, such as one with its members in the wrong place.
        rule: 'must have allow, groups or buckets',
        remedy: 'Pass something like { buckets: 16 }.',
        holds: (it) => Object.values(it).some((part) => part !== undefined),
      },
    ],
  },
);
const labels = record({ key: name('label'), value: labelRule }, ruleOfLabels);

/** Description of {@link CardinalityOptions}. */
export const cardinalityOptions = group<CardinalityOptions>(
  {
    seriesLimit,
    totalSeriesLimit: wholeNumber(1, MAX_TOTAL, {
      remedy: 'Pass the number of series that all metrics together may have.',
    }),
    perMetric: record(
      {
        key: name('metric'),
        value: group<MetricCardinality>(
          { seriesLimit, labels },
          {
            rule: `${seriesLimit.rule}, or an object with seriesLimit and labels`,
            remedy: 'Pass a series limit, or an object such as { seriesLimit: 50 }.',
            or: seriesLimit.schema,
          },
        ),
      },
      {
        rule: 'an object of series limits by metric name',
        remedy: 'Pass something like { shop_payments_total: 50 }.',
      },
    ),
    labels,
  },
  {
    rule: 'an object with seriesLimit, totalSeriesLimit, perMetric and labels',
    remedy: 'Pass something like { seriesLimit: 1000 }.',
  },
);
