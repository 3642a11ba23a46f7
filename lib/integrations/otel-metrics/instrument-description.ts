import { type MetricOptions, ValueType } from '@opentelemetry/api';

/** Kind of an instrument of the OpenTelemetry API. */
export type InstrumentKind =
  | 'counter'
  | 'up_down_counter'
  | 'gauge'
  | 'histogram'
  | 'observable_counter'
  | 'observable_up_down_counter'
  | 'observable_gauge';

/** Scope of a meter: the library or module that records. */
export interface MeterScope {
  readonly name: string;
  readonly version: string;
}

/** An instrument as its creator describes it. */
export interface InstrumentDescription {
  readonly kind: InstrumentKind;
  readonly name: string;
  readonly description: string;
  /** UCUM code, or an annotation such as `{jobs}`. */
  readonly unit: string;
  /** True for `ValueType.INT`. */
  readonly isInteger: boolean;
  /** Bucket bounds that the creator advises. */
  readonly boundaries: readonly number[] | undefined;
  readonly scope: MeterScope;
}

// https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument-name-syntax
const NAME = /^[a-z][a-z0-9_.\-/]{0,254}$/i;

/** Returns true for a valid name of an instrument. */
export function isInstrumentName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name);
}

/** Describes an instrument. Options of a wrong type count as absent. */
export function describeInstrument(
  kind: InstrumentKind,
  name: string,
  { options, scope }: { readonly options: MetricOptions | undefined; readonly scope: MeterScope },
): InstrumentDescription {
  const { description, unit, valueType, advice } = options ?? {};
  return {
    kind,
    name,
    description: textOf(description),
    unit: textOf(unit),
    isInteger: valueType === ValueType.INT,
    boundaries: boundariesOf(advice?.explicitBucketBoundaries),
    scope,
  };
}

/** Returns the key under which equal requests for an instrument share one. Names are case-insensitive. */
export function instrumentKey({ kind, name, unit }: InstrumentDescription): string {
  return JSON.stringify([kind, name.toLowerCase(), unit]);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.toWellFormed() : '';
}

function boundariesOf(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > 1_000) return undefined;
  const bounds = value.map(Number).filter((it) => it !== Infinity);
  const isAscending = bounds.every(
    (it, i) => Number.isFinite(it) && (i === 0 || it > (bounds[i - 1] as number)),
  );
  return isAscending && bounds.length > 0 ? bounds : undefined;
}
