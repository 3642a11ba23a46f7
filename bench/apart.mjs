// Cases in processes of their own: of several operators in one process, the compiler makes one that fits none of them.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { inTurn, median, roundsOf, summarise } from './measure.mjs';

const FLAGS = ['--expose-gc'];
const CALLS_FOR_BYTES = 50_000;
// The garbage of so many calls fits into it.
const WITHOUT_COLLECTIONS = [...FLAGS, '--min-semi-space-size=64', '--max-semi-space-size=64'];

function forkCase({ file, run }, name, execArgv) {
  const child = fork(new URL('./apart-process.mjs', import.meta.url), { execArgv });
  const ask = (message) =>
    new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`${name} has failed`));
      child.once('exit', fail).once('message', (found) => {
        child.off('exit', fail);
        resolve(found);
      });
      child.send(message);
    });
  const close = async () => {
    child.kill();
    await once(child, 'exit');
  };
  return { start: () => ask({ file, run, name }), ask, close };
}

/**
 * Runs rounds of all cases, each in its process, one process at a time.
 *
 * @param {{ file: string, run: string }} source - Module with a function that returns the work of a case by its name.
 * @param {readonly string[]} names - The first is the base line.
 */
export async function runApart(source, names, amounts) {
  const {
    callsForBytes = Math.min(amounts.calls, CALLS_FOR_BYTES),
    processes,
    ...others
  } = amounts;
  const rounds = Object.fromEntries(names.map((name) => [name, []]));
  for (let i = 0; i < processes; i++) await runOnce(source, rounds, others);
  const bytes = await bytesOf(source, names, callsForBytes);
  const bare = rounds[names[0]];
  return Object.fromEntries(
    names.map((name) => {
      const of = rounds[name];
      const addedByRound = of.map(({ ns }, round) => ns - bare[round].ns);
      const timed = { ...summarise(of), addedNs: median(addedByRound), addedByRound };
      const bytesPerOp = bytes[name];
      return [name, { ...timed, bytesPerOp, addedBytes: bytesPerOp - bytes[names[0]] }];
    }),
  );
}

async function runOnce(source, rounds, { calls, ...amounts }) {
  const cases = {};
  for (const name of Object.keys(rounds)) {
    cases[name] = forkCase(source, name, FLAGS);
    await cases[name].start();
  }
  for (const round of roundsOf(amounts)) {
    for (const [name, { ask }] of inTurn(cases, round)) {
      const { ns } = await ask({ calls });
      if (round >= 0) rounds[name].push({ ns });
    }
  }
  for (const { close } of Object.values(cases)) await close();
}

async function bytesOf(source, names, calls) {
  const bytes = {};
  for (const name of names) {
    const { start, ask, close } = forkCase(source, name, WITHOUT_COLLECTIONS);
    await start();
    const found = [];
    for (let i = 0; i < 5; i++) found.push((await ask({ calls, heap: true })).bytes);
    bytes[name] = median(found);
    await close();
  }
  return bytes;
}
