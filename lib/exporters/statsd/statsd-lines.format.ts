import type { MetricDefinition } from '../../metrics/definition/metric-definition.js';
import type { RegistrySnapshot, SeriesBlock } from '../../metrics/snapshot/snapshot.js';
import { bucketValues } from './bucket-values.format.js';
import { type Naming, SeriesNaming, type Tag } from './statsd-names.format.js';

/** How a snapshot is written. */
export interface LineFormat extends Naming {
  readonly histograms: 'buckets' | 'distributions' | 'timings';
}

/**
 * The lines of a snapshot whose counters and histograms hold differences. What did not count has no line; a text may be
 * two lines that belong together.
 */
export function* statsdLines(delta: RegistrySnapshot, format: LineFormat): Generator<string> {
  for (const { definition, blocks } of delta.metrics) {
    for (const block of blocks) {
      for (let series = 0; series < block.labelSets.length; series++) {
        const labels = tagsOf(definition, block.labelSets[series] ?? []);
        const naming = new SeriesNaming(format, definition.name, labels);
        yield* seriesLines(definition, { block, series, naming }, format);
      }
    }
  }
}

interface Series {
  readonly block: SeriesBlock;
  readonly series: number;
  readonly naming: SeriesNaming;
}

function* seriesLines(
  definition: MetricDefinition,
  it: Series,
  format: LineFormat,
): Generator<string> {
  const { block, series, naming } = it;
  const value = block.values[series * block.stride] as number;
  if (definition.type === 'counter' && value > 0) yield naming.line(`${value}|c`);
  if (definition.type === 'gauge' && Number.isFinite(value)) yield gauge(naming, value, format);
  if (definition.type === 'histogram') yield* histogram(definition, it, format);
}

function tagsOf({ labels = [] }: MetricDefinition, values: readonly string[]): Tag[] {
  return labels.map((name, i) => [name, values[i] ?? '']);
}

/** To StatsD a sign makes a change of the value out of it, so a gauge below 0 starts from 0. DogStatsD knows no changes. */
function gauge(naming: SeriesNaming, value: number, { dialect }: LineFormat): string {
  const line = naming.line(`${value}|g`);
  return value < 0 && dialect === 'statsd' ? `${naming.line('0|g')}\n${line}` : line;
}

function* histogram(
  definition: MetricDefinition,
  { block, series, naming }: Series,
  { histograms }: LineFormat,
): Generator<string> {
  const { bounds, stride, values } = block;
  const counts = Array.from(values.subarray(series * stride, (series + 1) * stride - 1));
  const sum = values[(series + 1) * stride - 1] as number;
  const count = counts.reduce((total, it) => total + it, 0);
  if (count === 0) return;
  if (histograms === 'buckets') {
    for (const [i, times] of counts.entries()) {
      const bound = bounds[i] === undefined ? 'inf' : String(bounds[i]);
      if (times > 0) yield naming.line(`${times}|c`, '_bucket', ['le', bound]);
    }
    yield naming.line(`${count}|c`, '_count');
    yield naming.line(`${sum}|c`, '_sum');
    return;
  }
  const isTiming = histograms === 'timings' && definition.unit === 'seconds';
  for (const { value, times } of bucketValues({ bounds, counts, sum })) {
    const weight = times === 1 ? '' : `|@${1 / times}`;
    const text = isTiming ? `${value * 1000}|ms` : `${value}|${otherType(histograms)}`;
    yield naming.line(`${text}${weight}`);
  }
}

/** What is no time is still a distribution; servers without that type know histograms under `h`. */
function otherType(histograms: LineFormat['histograms']): string {
  return histograms === 'timings' ? 'h' : 'd';
}
