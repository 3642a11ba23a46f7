// What importing the module adds to the start of an application, and to its memory, with few handlers and with many. Every
// start is that of a new process.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { inTurn, median, quantile, roundsOf } from './measure.mjs';

const FEW = 10;
const MANY = 1_000;

async function start(options) {
  const application = fork(new URL('./start-up-process.mjs', import.meta.url), {
    execArgv: ['--expose-gc'],
  });
  application.send(options);
  const [measured] = await once(application, 'message');
  await once(application, 'exit');
  return measured;
}

function summarise(rounds, bare) {
  const of = (key) => rounds.map((it) => it[key]);
  const added = (key) => median(rounds.map((it, round) => it[key] - bare[round][key]));
  return {
    medianNs: quantile(of('ns'), 0.5),
    p25Ns: quantile(of('ns'), 0.25),
    p75Ns: quantile(of('ns'), 0.75),
    bytesPerOp: median(of('bytes')),
    addedNs: added('ns'),
    addedBytes: added('bytes'),
    addedCpuNs: added('cpuNs'),
    // With what is left for after the start, such as loading prom-client.
    addedSettledCpuNs: added('settledCpuNs'),
    addedLoadNs: added('loadNs'),
    addedLoadCpuNs: added('loadCpuNs'),
  };
}

/** What importing the package takes, apart from any application. */
function importCase(rounds) {
  const of = (key) => rounds.map((it) => it[key]);
  return {
    medianNs: median(of('loadNs')),
    p25Ns: quantile(of('loadNs'), 0.25),
    p75Ns: quantile(of('loadNs'), 0.75),
    bytesPerOp: 0,
    addedNs: median(of('loadNs')),
    addedCpuNs: median(of('loadCpuNs')),
  };
}

/** What one more handler takes: most of it is the same however busy the machine is, so differences of medians do. */
function perHandler(few, many) {
  const each = (key) => (many[key] - few[key]) / (MANY - FEW);
  return {
    medianNs: each('addedNs'),
    p25Ns: each('addedNs'),
    p75Ns: each('addedNs'),
    bytesPerOp: each('addedBytes'),
    addedNs: each('addedNs'),
    addedCpuNs: each('addedCpuNs'),
    addedSettledCpuNs: each('addedSettledCpuNs'),
  };
}

async function startInTurn(handlers, amounts) {
  const starts = {
    bare: { handlers, observed: false },
    ours: { handlers, observed: true },
    // Beside packages that the library loads too, in an application that uses them itself.
    'bare, peers in use': { handlers, observed: false, peersInUse: true },
    'ours, peers in use': { handlers, observed: true, peersInUse: true },
  };
  const results = Object.fromEntries(Object.keys(starts).map((it) => [it, []]));
  for (const round of roundsOf(amounts)) {
    for (const [name, options] of inTurn(starts, round)) {
      const measured = await start(options);
      if (round >= 0) results[name].push(measured);
    }
  }
  return results;
}

export async function runStartUp({ smoke }) {
  const amounts = smoke
    ? { rounds: 1, warmUpRounds: 0 }
    : { rounds: 15, warmUpRounds: 1, seconds: 30 };
  const cases = {};
  for (const handlers of [FEW, MANY]) {
    const results = await startInTurn(handlers, amounts);
    for (const [name, rounds] of Object.entries(results)) {
      const bare = results[name.replace('ours', 'bare')];
      cases[`start with ${handlers} handlers, ${name}`] = summarise(rounds, bare);
    }
    cases['import of the package'] ??= importCase(results.ours);
  }
  for (const name of ['ours', 'ours, peers in use']) {
    const of = (handlers) => cases[`start with ${handlers} handlers, ${name}`];
    cases[`start per handler, ${name}`] = perHandler(of(FEW), of(MANY));
  }
  return { cases, ratios: {} };
}
