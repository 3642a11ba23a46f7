// Runs the test files of Prometheus against the queries of this library: `npm run conformance -- DIRECTORY`, where DIRECTORY
// is a checkout of Prometheus or a folder with `*.test` files. Prints a table and every case that fails.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabelSet, MetricQueries } from '../../dist/query/index.js';
import { differenceOf } from './comparison.mjs';
import { commandsIn } from './test-file.mjs';

const FILES_OF_CHECKOUT = 'promql/promqltest/testdata';
// What Prometheus parses only behind a feature flag.
const EXPERIMENTAL = [
  /\b(?:anchored|smoothed)\b/, // extended range selectors
  /\bfill(?:_left|_right)?\s*\(/, // binary operators that fill
  /\binfo\s*\(/,
  /\b(?:step|range|min_of|max_of)\s*\(/i, // duration expressions
  /\[[^\]]*[-+*/%^(][^\]]*\]/,
  /\boffset\s*[-+]?\s*\(/,
  /\blimit(?:k|_ratio)\b/, // whose choice depends on a hash
];
// Files about samples and labels that Prometheus has only behind a feature flag.
const EXPERIMENTAL_FILES = ['start_timestamps.test', 'type_and_unit.test'];
// Operators that trim native histograms.
const TRIMS = /[<>]\//;

/** Series of the commands `load` so far. */
class Storage {
  #series = new Map();
  #native = [];
  /** True when a selector since the last query matched a native histogram. */
  readsNative = false;

  load({ series, native }) {
    for (const { labels, points } of series) {
      const stored = LabelSet.of(labels);
      const known = this.#series.get(stored.key);
      const all = new Map([...(known?.points ?? []), ...points]);
      this.#series.set(stored.key, {
        labels: stored,
        points: [...all].toSorted(([a], [b]) => a - b),
      });
    }
    this.#native.push(...native.map((it) => LabelSet.of(it)));
  }

  select({ matchers }) {
    const matches = (labels) => matchers.every((it) => it.matches(labels.get(it.name)));
    this.readsNative ||= this.#native.some(matches);
    return [...this.#series.values()].filter(({ labels }) => matches(labels)).map(asSamples);
  }
}

function asSamples({ labels, points }) {
  const floats = points.filter(([, value]) => value !== 'stale');
  return {
    labels,
    timesMs: Float64Array.from(floats, ([atMs]) => atMs),
    values: Float64Array.from(floats, ([, value]) => value),
    staleAtMs: points.flatMap(([atMs, value]) => (value === 'stale' ? [atMs] : [])),
  };
}

/** Returns the difference between the answer to a query and the expected one. */
async function differenceIn(storage, wanted) {
  const queries = new MetricQueries(storage);
  let result;
  try {
    result = wanted.range
      ? await queries.queryRange(wanted.query, wanted.range)
      : await queries.query(wanted.query, { atMs: wanted.atMs });
  } catch (error) {
    return wanted.fails ? undefined : error.message;
  }
  return wanted.fails ? 'the query does not fail' : differenceOf(result, wanted);
}

function isExperimental(query) {
  const withoutTexts = query.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
  return EXPERIMENTAL.some((it) => it.test(withoutTexts));
}

/** Runs a file; returns each case with its kind: passed, failed, experimental, or native for native histograms. */
export async function runFile(text, name = '') {
  const isFlagged = EXPERIMENTAL_FILES.includes(name);
  let storage = new Storage();
  const cases = [];
  for (const command of commandsIn(text)) {
    if (command.kind === 'clear') storage = new Storage();
    else if (command.kind === 'load') storage.load(command);
    else {
      storage.readsNative = false;
      const difference = await differenceIn(storage, command);
      const { line, query, isNative } = command;
      let kind = difference === undefined ? 'passed' : 'failed';
      if (difference !== undefined && (isFlagged || isExperimental(query))) kind = 'experimental';
      else if (isNative || storage.readsNative || TRIMS.test(query)) kind = 'native';
      cases.push({ line, query, kind, difference });
    }
  }
  return cases;
}

async function main(directory) {
  const checkout = join(directory, FILES_OF_CHECKOUT);
  const folder = existsSync(checkout) ? checkout : directory;
  const names = readdirSync(folder).filter((it) => it.endsWith('.test'));
  if (names.length === 0) return refuse(`${folder} has no file *.test.`);
  const total = { passed: 0, failed: 0, native: 0, experimental: 0 };
  const rows = {};
  for (const name of names.toSorted()) {
    const cases = await runFile(readFileSync(join(folder, name), 'utf8'), name);
    const counts = { passed: 0, failed: 0, native: 0, experimental: 0 };
    for (const { kind, line, query, difference } of cases) {
      counts[kind]++;
      total[kind]++;
      if (kind === 'failed') print(`${name}:${line}: ${query}\n  ${difference}`);
    }
    rows[name] = counts;
  }
  console.table({ ...rows, total });
  const floats = total.passed + total.failed;
  print(`${total.passed} of ${floats} cases with floats pass. Not supported: native histograms`);
  print(
    `(${total.native} cases) and what Prometheus has behind feature flags (${total.experimental}).`,
  );
  process.exitCode = total.failed === 0 ? 0 : 1;
}

const print = (line) => process.stdout.write(`${line}\n`);

function refuse(problem) {
  const usage = 'Usage: npm run conformance -- DIRECTORY';
  process.stderr.write(
    `${problem} ${usage}, a checkout of Prometheus or a folder with *.test files\n`,
  );
  process.exitCode = 2;
}

if (import.meta.filename === process.argv[1]) {
  const [directory] = process.argv.slice(2);
  if (directory === undefined) refuse('No directory is given.');
  else if (!existsSync(directory)) refuse(`${directory} does not exist.`);
  else await main(directory);
}
