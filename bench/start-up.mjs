// What importing the module adds to the start of an application, and to its memory, with few handlers and with many. Every
// start is that of a new process.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { inTurn, median, quantile, roundsOf } from './measure.mjs';

const HANDLERS = [10, 1_000];

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
    addedLoadNs: added('loadNs'),
  };
}

export async function runStartUp({ smoke }) {
  const amounts = smoke
    ? { rounds: 1, warmUpRounds: 0 }
    : { rounds: 11, warmUpRounds: 1, seconds: 10 };
  const found = { cases: {}, ratios: {} };
  for (const handlers of HANDLERS) {
    const starts = { bare: { handlers, observed: false }, ours: { handlers, observed: true } };
    const results = { bare: [], ours: [] };
    for (const round of roundsOf(amounts)) {
      for (const [name, options] of inTurn(starts, round)) {
        const measured = await start(options);
        if (round >= 0) results[name].push(measured);
      }
    }
    const label = `start with ${handlers} handlers`;
    found.cases[`${label}, bare`] = summarise(results.bare, results.bare);
    found.cases[`${label}, ours`] = summarise(results.ours, results.bare);
  }
  return found;
}
