// The overhead of observing an awaited handler, in one run: rounds of all cases in turn, so that a machine that slows
// down slows all of them down. Prints medians; `--json FILE` writes them with the ratios.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { makePhases } from './ladder.mjs';
import { reportScrapes, runScrapes } from './scrape.mjs';
import { reset } from './telemetry.mjs';

const { values: args } = parseArgs({
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '31' },
    calls: { type: 'string', default: '30000' },
  },
});
const ROUNDS = Number(args.rounds);
const CALLS = Number(args.calls);
const WARM_UP_ROUNDS = 5;
const CALLS_FOR_BYTES = 1000;

// Results go where the compiler cannot prove them unused.
globalThis.blackhole = 0;

async function callMany(handler, calls) {
  let sum = 0;
  for (let i = 0; i < calls; i++) sum += await handler.place(i);
  globalThis.blackhole += sum;
}

async function timeRound(handler) {
  globalThis.gc?.();
  const startedNs = process.hrtime.bigint();
  await callMany(handler, CALLS);
  return Number(process.hrtime.bigint() - startedNs) / CALLS;
}

/** Few enough calls that no collection comes between. */
async function bytesOfRound(handler) {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  await callMany(handler, CALLS_FOR_BYTES);
  return (process.memoryUsage().heapUsed - before) / CALLS_FOR_BYTES;
}

const quantile = (sorted, q) => sorted[Math.floor((sorted.length - 1) * q)];
const median = (numbers) => quantile(ascending(numbers), 0.5);
const ascending = (numbers) => numbers.toSorted((a, b) => a - b);

function summarise(rounds) {
  const ns = ascending(rounds.map((it) => it.ns));
  const bytes = ascending(rounds.map((it) => it.bytes));
  return {
    medianNs: quantile(ns, 0.5),
    p25Ns: quantile(ns, 0.25),
    p75Ns: quantile(ns, 0.75),
    bytesPerOp: globalThis.gc === undefined ? null : quantile(bytes, 0.5),
  };
}

async function run() {
  const { phases, close } = await makePhases();
  const results = {};
  for (const phase of phases) Object.assign(results, await runPhase(phase));
  await close();
  return results;
}

async function runPhase({ enter, within = (work) => work(), baseLine, cases }) {
  enter();
  const rounds = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const [name, handler] of Object.entries(cases)) {
      const measured = await within(async () => ({
        ns: await timeRound(handler),
        bytes: await bytesOfRound(handler),
      }));
      if (round >= 0) rounds[name].push(measured);
    }
  }
  reset();
  const baseNs = rounds[baseLine].map((it) => it.ns);
  return Object.fromEntries(
    Object.entries(rounds).map(([name, it]) => {
      const addedByRound = it.map(({ ns }, round) => ns - baseNs[round]);
      return [name, { ...summarise(it), addedNs: median(addedByRound), addedByRound }];
    }),
  );
}

/**
 * What a case adds to the undecorated handler of its phase, ours divided by the peer's: smaller is better. Compared round
 * by round, so that a machine that is busy for a while slows both of them down; the median of the rounds counts.
 */
function ratiosOf(cases) {
  const ratio = (ours, peer) => {
    const peerAdded = cases[peer].addedByRound;
    return median(cases[ours].addedByRound.map((added, round) => added / peerAdded[round]));
  };
  return {
    metrics_vs_prom_client: ratio('+ metrics', 'prom-client by hand'),
    metrics_vs_otel_metrics: ratio('+ metrics', 'OpenTelemetry metrics by hand'),
    span_no_sdk_vs_peer_stack: ratio('+ span, no SDK', 'peer stack, no SDK'),
    span_unsampled_vs_peer_stack: ratio(
      '+ span, request not sampled',
      'peer stack, request not sampled',
    ),
    span_root_unsampled_vs_peer_stack: ratio(
      '+ span, root not sampled',
      'peer stack, root not sampled',
    ),
    span_recorded_vs_sdk_span: ratio(
      '+ span, recorded and exported',
      'SDK span by hand, recorded and exported',
    ),
  };
}

function report(cases, ratios) {
  const rows = Object.entries(cases).map(
    ([name, { medianNs, p25Ns, p75Ns, addedNs, bytesPerOp }]) => ({
      case: name,
      'median ns': Math.round(medianNs),
      'p25–p75 ns': `${Math.round(p25Ns)}–${Math.round(p75Ns)}`,
      'added ns': Math.round(addedNs),
      'bytes per call': bytesPerOp === null ? 'run with --expose-gc' : Math.round(bytesPerOp),
    }),
  );
  console.table(rows);
  for (const [name, value] of Object.entries(ratios)) {
    console.log(`${name}: ${value.toFixed(3)} (1/${(1 / value).toFixed(1)})`);
  }
}

function withoutRounds(cases) {
  const keep = ['medianNs', 'p25Ns', 'p75Ns', 'addedNs', 'bytesPerOp'];
  return Object.fromEntries(
    Object.entries(cases).map(([name, it]) => [
      name,
      Object.fromEntries(keep.map((key) => [key, it[key]])),
    ]),
  );
}

const require = createRequire(import.meta.url);
const versionOf = (name) => require(`${name}/package.json`).version;
const cases = await run();
const handlerRatios = ratiosOf(cases);
report(cases, handlerRatios);
const scrapes = await runScrapes();
reportScrapes(scrapes);
const ratios = { ...handlerRatios, ...scrapes.ratios };
if (args.json !== undefined) {
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, platform: process.platform };
  const versions = {
    node: process.version,
    library: versionOf('@eventcore/nestjs-observability'),
    'prom-client': versionOf('prom-client'),
    '@nestjs/core': versionOf('@nestjs/core'),
  };
  writeFileSync(
    args.json,
    `${JSON.stringify({ machine, versions, cases: { ...withoutRounds(cases), ...scrapes.cases }, ratios }, null, 2)}\n`,
  );
}
