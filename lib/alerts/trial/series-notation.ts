import { unwrap } from '../../query/language/expression.js';
import { parseNumber } from '../../query/language/literals.js';
import { parseQuery } from '../../query/language/parser.js';
import { LabelSet } from '../../query/label-set.js';
import type { SampleSeries } from '../../query/series-source.js';

const PIECE =
  /^(?:(stale)|(_)(?:x(\d{1,6}))?|([+-]?[\w.]+?)(?:([+-][\d.]+(?:e[+-]?\d+)?))?(?:x(\d{1,6}))?)$/i;
const MAX_SAMPLES = 100_000;

/**
 * Returns a series in the notation of promtool: `http_requests_total{job="shop"}` with `0+60x30`, `1 2 _ 4`, `stale`.
 *
 * @throws SyntaxError for another text.
 */
export function seriesOf(
  series: string,
  values: string,
  { startMs, intervalMs }: { readonly startMs: number; readonly intervalMs: number },
): SampleSeries {
  const timesMs: number[] = [];
  const samples: number[] = [];
  const staleAtMs: number[] = [];
  let at = 0;
  for (const it of values.trim().split(/\s+/)) {
    for (const value of expanded(it)) {
      const timeMs = startMs + at++ * intervalMs;
      if (value === 'stale') staleAtMs.push(timeMs);
      if (typeof value !== 'number') continue;
      timesMs.push(timeMs);
      samples.push(value);
    }
    if (at > MAX_SAMPLES) throw new SyntaxError(`${series} has more than ${MAX_SAMPLES} samples`);
  }
  return {
    labels: labelsOf(series),
    timesMs: Float64Array.from(timesMs),
    values: Float64Array.from(samples),
    staleAtMs,
  };
}

/** @throws SyntaxError for a text that is not a name with labels. */
function labelsOf(series: string): LabelSet {
  const wrong = () =>
    new SyntaxError(`${JSON.stringify(series)} is no series: name{label="value"}`);
  let parsed;
  try {
    parsed = unwrap(parseQuery(series));
  } catch {
    throw wrong();
  }
  if (parsed.kind !== 'selector' || parsed.offsetMs !== 0 || parsed.at !== undefined) throw wrong();
  if (parsed.matchers.some(({ operator }) => operator !== '=')) throw wrong();
  return LabelSet.of(Object.fromEntries(parsed.matchers.map(({ name, value }) => [name, value])));
}

function* expanded(piece: string): Generator<number | 'stale' | undefined> {
  const [, stale, missing, gaps = '1', first = '', step, times] = PIECE.exec(piece) ?? [];
  if (stale !== undefined) return yield 'stale';
  if (missing !== undefined) {
    for (let i = 0; i < Number(gaps); i++) yield undefined;
    return;
  }
  const value = parseNumber(first.replace(/^[+-]/, '')) * (first.startsWith('-') ? -1 : 1);
  const isNumber = first !== '' && (!Number.isNaN(value) || /nan$/i.test(first));
  if (!isNumber || (step !== undefined && times === undefined))
    throw new SyntaxError(`${JSON.stringify(piece)} is no value: write 0+60x30, 1 2 _ 4 or stale`);
  for (let i = 0; i <= Number(times ?? 0); i++) yield value + i * Number(step ?? 0);
}
