// Reads a test file of Prometheus into commands: `load` with series, `clear`, and `eval` with what it expects.
import {
  durationMs,
  NAME,
  NATIVE,
  number,
  pointsOf,
  seriesOf,
  timeMs,
  unquoted,
} from './test-notation.mjs';

const INSTANT = /^eval(?:_(fail|warn|info|ordered))?\s+instant(?:\s+at\s+(\S+))?\s+(.*)$/;
const RANGE =
  /^eval(?:_(fail|warn|info|ordered))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.*)$/;
const LOAD = /^load(_with_nhcb)?\s+(\S+)$/;
const NUMBER_ALONE = /^[+-]?(?:inf|nan|[\d.][\w.+-]*)$/i;

/** Returns the commands of a file in their order. */
export function* commandsIn(text) {
  for (const { line, head, body } of blocksIn(text)) {
    const load = LOAD.exec(head);
    if (load) yield { kind: 'load', ...loadOf(load, body) };
    else if (head.startsWith('clear')) yield { kind: 'clear' };
    else yield { kind: 'eval', line, ...evaluationOf(head, body, line) };
  }
}

/** A command is a line, and the lines up to the next empty one or the next command. */
function* blocksIn(text) {
  let block;
  for (const [i, raw] of text.split('\n').entries()) {
    const it = raw.trim();
    // Where the samples of a counter begin to count is of no concern here.
    if (it.startsWith('#') || /@st\s/.test(it)) continue;
    const isCommand = /^(?:load|clear|eval)(?:_|\s|$)/.test(it);
    if (block && (it === '' || isCommand)) {
      yield block;
      block = undefined;
    }
    if (isCommand) block = { line: i + 1, head: it, body: [] };
    else if (block) block.body.push(it);
  }
  if (block) yield block;
}

function loadOf([, withHistograms, interval], body) {
  const stepMs = durationMs(interval);
  const series = [];
  const native = [];
  for (const it of body) {
    const { labels, rest } = seriesOf(it);
    const points = pointsOf(rest).flatMap((value, i) =>
      value === undefined ? [] : [[i * stepMs, value]],
    );
    if (points.some(([, value]) => value === NATIVE)) native.push(labels);
    series.push({ labels, points: points.filter(([, value]) => value !== NATIVE) });
    if (withHistograms && labels[NAME].endsWith('_bucket')) {
      const { le: _le, ...rest } = labels;
      native.push({ ...rest, [NAME]: labels[NAME].slice(0, -'_bucket'.length) });
    }
  }
  return { series: series.filter(({ points }) => points.length > 0), native };
}

function evaluationOf(head, body, line) {
  const instant = INSTANT.exec(head);
  const range = RANGE.exec(head);
  if (!instant && !range) throw new Error(`line ${line}: not a command: ${head}`);
  const times = range && {
    startMs: timeMs(range[2]),
    endMs: timeMs(range[3]),
    stepMs: timeMs(range[4]),
  };
  const kind = (instant ?? range)[1];
  const wanted = {
    query: instant ? instant[3] : range[5],
    ...(instant ? { atMs: timeMs(instant[2] ?? '0') } : { range: times }),
    fails: kind === 'fail',
    isOrdered: kind === 'ordered',
    isNative: false,
    series: [],
  };
  for (const it of body) expectLine(wanted, it);
  return wanted;
}

function expectLine(wanted, it) {
  const [, word, rest = ''] =
    /^expect(?:ed)?[\s_]+(fail|ordered|string|range vector)[\w]*\s*(.*)$/.exec(it) ?? [];
  if (word === 'fail') wanted.fails = { message: /^msg:\s*(.*)$/.exec(rest)?.[1] };
  else if (word === 'ordered') wanted.isOrdered = true;
  else if (word === 'string') wanted.text = unquoted(rest);
  else if (word === 'range vector') {
    const [, startMs, , stepMs] = /^from (\S+) to (\S+) step (\S+)$/.exec(rest).map(timeOf);
    wanted.vector = { startMs, stepMs };
  } else if (it.startsWith('expect '))
    return; // Annotations: the engine gives none.
  else if (NUMBER_ALONE.test(it)) wanted.scalar = number(it);
  else {
    const { labels, rest: list } = seriesOf(it);
    const points = pointsOf(list);
    if (points.includes(NATIVE)) wanted.isNative = true;
    wanted.series.push({ labels, points });
  }
}

const timeOf = (text, i) => (i === 0 ? text : timeMs(text));
