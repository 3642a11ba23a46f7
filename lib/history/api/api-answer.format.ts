import type { QueryResult } from '../../query/query-result.js';

/** Body of a successful answer of the HTTP API of Prometheus. */
export interface ApiSuccess {
  readonly status: 'success';
  readonly data: unknown;
}

/** Body of an answer about a failure. */
export interface ApiFailure {
  readonly status: 'error';
  readonly errorType: 'bad_data' | 'execution' | 'timeout' | 'internal';
  readonly error: string;
}

/** Returns a result in the form of the HTTP API: times in seconds, values as text. */
export function resultData(result: QueryResult): { resultType: string; result: unknown } {
  switch (result.type) {
    case 'scalar':
      return { resultType: 'scalar', result: [seconds(result.atMs), valueText(result.value)] };
    case 'string':
      return { resultType: 'string', result: [seconds(result.atMs), result.value] };
    case 'vector': {
      const samples = result.samples.map(({ labels, atMs, value }) => ({
        metric: labels,
        value: [seconds(atMs), valueText(value)],
      }));
      return { resultType: 'vector', result: samples };
    }
    case 'matrix': {
      const series = result.series.map(({ labels, timesMs, values }) => ({
        metric: labels,
        values: timesMs.map((it, i) => [seconds(it), valueText(values[i]!)]),
      }));
      return { resultType: 'matrix', result: series };
    }
  }
}

/** Returns a value as Prometheus writes it: `NaN`, `+Inf`, `-0`, else the shortest decimal that is exact. */
function valueText(value: number): string {
  if (value === Infinity) return '+Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

function seconds(timeMs: number): number {
  return timeMs / 1_000;
}
