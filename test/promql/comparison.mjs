// Compares the result of a query with what a test file expects. Each function returns a difference in words, or undefined.

const TOLERANCE = 1e-6;

/** Returns true for numbers that are equal but for rounding. */
function isSame(a, b) {
  if (typeof b !== 'number') return false;
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}

const textOf = (labels) => JSON.stringify(Object.entries(labels).toSorted());

/** Compares a result of `MetricQueries`. */
export function differenceOf(result, wanted) {
  if (wanted.text !== undefined) {
    const isRight = result.type === 'string' && result.value === wanted.text;
    return isRight ? undefined : `expected the text ${wanted.text}, got ${JSON.stringify(result)}`;
  }
  if (wanted.scalar !== undefined) return scalarDifference(result, wanted.scalar);
  if (wanted.range) return seriesDifference(result, wanted.series, wanted.range);
  if (wanted.vector) return seriesDifference(result, wanted.series, wanted.vector);
  return vectorDifference(result, wanted);
}

function scalarDifference(result, wanted) {
  const sample =
    result.type === 'vector' && result.samples.length === 1 ? result.samples[0] : undefined;
  const value = result.type === 'scalar' ? result.value : sample?.value;
  const isRight = value !== undefined && isSame(value, wanted);
  return isRight ? undefined : `expected ${wanted}, got ${value}`;
}

function vectorDifference(result, { series, isOrdered }) {
  const samples = result.type === 'scalar' ? [{ labels: {}, value: result.value }] : result.samples;
  if (samples === undefined) return `expected an instant vector, got a ${result.type}`;
  const got = samples.map(({ labels, value }) => ({
    text: textOf(labels.toJSON?.() ?? labels),
    value,
  }));
  const shown = got.map(({ text, value }) => `${text} ${value}`).join(', ');
  if (got.length !== series.length) return `expected ${series.length} samples, got ${shown}`;
  for (const [i, { labels, points }] of series.entries()) {
    const text = textOf(labels);
    const at = isOrdered ? got[i] : got.find((it) => it.text === text);
    if (at?.text !== text || !isSame(at.value, points[0]))
      return `expected ${text} ${String(points[0])}, got ${shown}`;
  }
  return undefined;
}

function seriesDifference(result, series, { startMs, stepMs }) {
  if (result.type !== 'matrix') return `expected a range vector, got a ${result.type}`;
  const got = new Map(result.series.map((it) => [textOf(it.labels.toJSON()), it]));
  for (const { labels, points } of series) {
    const text = textOf(labels);
    const timed = points.map((value, i) => [startMs + i * stepMs, value]);
    const present = timed.filter(([, value]) => value !== undefined);
    if (present.length === 0) continue;
    const { timesMs = [], values = [] } = got.get(text) ?? {};
    const isRight = ([atMs, value], i) => timesMs[i] === atMs && isSame(values[i], value);
    if (timesMs.length !== present.length || !present.every(isRight)) {
      return `expected ${text} ${present.map(([, it]) => String(it))}, got ${values}`;
    }
    got.delete(text);
  }
  return got.size === 0 ? undefined : `got a series more: ${[...got.keys()][0]}`;
}
