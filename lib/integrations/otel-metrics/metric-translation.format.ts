import type { Attributes } from '@opentelemetry/api';
import { toLabelValue } from '../../kernel/label.js';
import type { MetricDefinition, MetricType } from '../../metrics/definition/metric-definition.js';
import { unitWordsOf } from '../../metrics/definition/units.js';
import type {
  InstrumentDescription,
  InstrumentKind,
  MeterScope,
} from './instrument-description.js';
import type { MetricView } from './metric-view.js';

/** Metric type of each kind of instrument. */
export const metricTypes: Readonly<Record<InstrumentKind, MetricType>> = {
  counter: 'counter',
  observable_counter: 'counter',
  histogram: 'histogram',
  gauge: 'gauge',
  observable_gauge: 'gauge',
  up_down_counter: 'gauge',
  observable_up_down_counter: 'gauge',
};

// https://opentelemetry.io/docs/specs/otel/metrics/sdk/#explicit-bucket-histogram-aggregation
const DEFAULT_BOUNDS: readonly number[] = [
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000,
];

/** Name, type and unit of a metric of OpenTelemetry. */
export interface NamedMetric {
  readonly name: string;
  readonly unit: string;
  readonly type: MetricType;
  /** True for a value that is not a sum: a ratio if its unit is `1`. */
  readonly isRatio: boolean;
}

/**
 * Returns the Prometheus name of a metric: unit and type become suffixes, unless the name contains them, and all
 * characters other than letters, digits and underscores become underscores.
 * Source: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
export function prometheusName({ name, unit, type, isRatio }: NamedMetric): string {
  const words = name.split(/[^a-zA-Z0-9]+/).filter((it) => it !== '');
  if (type === 'counter' && words.at(-1) === 'total') words.pop();
  const suffix = suffixOf(unit, isRatio);
  if (suffix !== '' && !isContained(suffix, words)) words.push(suffix);
  if (type === 'counter') words.push('total');
  const joined = words.join('_');
  return /^[0-9]/.test(joined) ? `_${joined}` : joined;
}

/** Returns the unit that the name of a metric ends in; `undefined` without one. */
function unitSuffixOf(name: string, { unit, isRatio }: NamedMetric): string | undefined {
  const suffix = suffixOf(unit, isRatio);
  return suffix !== '' && name.replace(/_total$/, '').endsWith(`_${suffix}`) ? suffix : undefined;
}

function suffixOf(unit: string, isRatio: boolean): string {
  return isRatio && unit.trim() === '1' ? 'ratio' : unitWordsOf(unit);
}

function isContained(suffix: string, words: readonly string[]): boolean {
  return `_${words.join('_')}_`.includes(`_${suffix}_`);
}

/** Returns the definition of the metric of an instrument. */
export function definitionOf(
  { kind, name, description, unit, boundaries, scope }: InstrumentDescription,
  view: MetricView,
): MetricDefinition {
  const type = metricTypes[kind];
  const isRatio = kind === 'gauge' || kind === 'observable_gauge';
  const named: NamedMetric = { name: view.name ?? name, unit, type, isRatio };
  const full = prometheusName(named);
  const suffix = unitSuffixOf(full, named);
  const help = (view.description ?? description) || `Metric ${name} of the meter ${scope.name}.`;
  return {
    name: full,
    type,
    help,
    otelName: named.name,
    ...(suffix !== undefined && { unit: suffix }),
    ...(type === 'histogram' && { buckets: view.buckets ?? boundaries ?? DEFAULT_BOUNDS }),
  };
}

/** Returns the labels of a scope, which tell metrics of the same name apart. */
export function scopeLabels({ name, version }: MeterScope): Readonly<Record<string, string>> {
  return {
    ...(name !== '' && { otel_scope_name: toLabelValue(name) }),
    ...(version !== '' && { otel_scope_version: toLabelValue(version) }),
  };
}

const MOST_KEYS = 1_000;

/** Translates attributes to labels. */
export class LabelTranslation {
  readonly #type: string;
  readonly #fixed: Readonly<Record<string, string>>;
  readonly #keys: ReadonlySet<string> | undefined;
  readonly #names = new Map<string, string>();

  /** @param keys - Attribute keys that are kept. @defaultValue all */
  constructor(
    type: string,
    fixed: Readonly<Record<string, string>>,
    keys?: ReadonlySet<string> | undefined,
  ) {
    this.#type = type;
    this.#fixed = fixed;
    this.#keys = keys;
  }

  /** Returns true if the values of an attribute become label values. */
  keeps(key: string): boolean {
    return this.#keys === undefined || this.#keys.has(key);
  }

  /** Returns the labels of attributes. Values of keys with the same label are joined, in the order of the keys. */
  labelsOf(attributes: Attributes | undefined): Record<string, string> {
    const labels: Record<string, string> = {};
    if (attributes !== undefined && attributes !== null) {
      for (const key of Object.keys(attributes).toSorted()) {
        const value = this.keeps(key) ? attributeText(attributes[key]) : '';
        if (value === '') continue;
        const name = this.#nameOf(key);
        labels[name] = name in labels ? `${labels[name]};${value}` : value;
      }
    }
    return Object.assign(labels, this.#fixed);
  }

  #nameOf(key: string): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = labelName(key, this.#type);
    if (this.#names.size < MOST_KEYS) this.#names.set(key, name);
    return name;
  }
}

function attributeText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return toLabelValue(typeof value === 'object' ? JSON.stringify(value) : value);
}

function labelName(key: string, type: string): string {
  const name = key.replaceAll(/[^a-zA-Z0-9]+/g, '_');
  if (name === 'le' && type === 'histogram') return 'exported_le';
  if (name === 'quantile') return 'exported_quantile';
  return /^[a-zA-Z_]/.test(name) ? name : `key_${name}`;
}
