// How everything is measured: rounds of all cases in turn, so that a machine that slows down slows all of them down, and
// differences within a round, of which the median counts.

// Results go where the compiler cannot prove them unused.
globalThis.blackhole = 0;

const CALLS_FOR_BYTES = 1000;
const ROUNDS_FOR_BYTES = 5;
const MIN_ROUNDS = 5;

export const quantile = (numbers, q) =>
  numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * q)];

export const median = (numbers) => quantile(numbers, 0.5);

/** The cases of a round, forwards and backwards in turn: what a case leaves behind does not always hit the same one. */
export function inTurn(cases, round) {
  const entries = Object.entries(cases);
  return round % 2 === 0 ? entries : entries.toReversed();
}

/**
 * Runs rounds of all cases, until there are enough of them or the time is up.
 *
 * @param {Record<string, (calls: number) => unknown>} cases - Each calls what it measures as often as it is told.
 * @param {{ rounds: number, warmUpRounds: number, seconds?: number, calls: number, within?: (work: () => unknown) => unknown }} options
 */
export async function runRounds(cases, { calls, within = (work) => work(), ...amounts }) {
  const results = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (const round of roundsOf(amounts)) {
    for (const [name, callMany] of inTurn(cases, round)) {
      const measured = await within(async () => ({
        ns: await timeRound(callMany, calls),
        // It hardly varies.
        ...(round < ROUNDS_FOR_BYTES && {
          bytes: await bytesOfRound(callMany, Math.min(calls, CALLS_FOR_BYTES)),
        }),
      }));
      if (round >= 0) results[name].push(measured);
    }
  }
  return results;
}

/** Numbers of rounds, those for warming up negative. On a busy machine the time ends before the rounds. */
export function* roundsOf({ rounds, warmUpRounds, seconds = Infinity }) {
  const endMs = performance.now() + seconds * 1000;
  for (let round = -warmUpRounds; round < rounds; round++) {
    if (round >= MIN_ROUNDS && performance.now() > endMs) return;
    yield round;
  }
}

// Garbage is collected when it is time, as in an application: a collection before each round would throw away what the
// compiler knows of objects that live no longer than their call.
async function timeRound(callMany, calls) {
  const startedNs = process.hrtime.bigint();
  await callMany(calls);
  return Number(process.hrtime.bigint() - startedNs) / calls;
}

/** Few enough calls that no collection comes between. */
async function bytesOfRound(callMany, calls) {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  await callMany(calls);
  return (process.memoryUsage().heapUsed - before) / calls;
}

export function summarise(rounds) {
  const ns = rounds.map((it) => it.ns);
  return {
    medianNs: quantile(ns, 0.5),
    p25Ns: quantile(ns, 0.25),
    p75Ns: quantile(ns, 0.75),
    bytesPerOp: median(rounds.map((it) => it.bytes).filter((it) => it !== undefined)),
  };
}

/** The cases of {@link runRounds} with what each adds to the base line in the same round. */
export function compare(results, baseLine) {
  const baseNs = results[baseLine].map((it) => it.ns);
  return Object.fromEntries(
    Object.entries(results).map(([name, rounds]) => {
      const addedByRound = rounds.map(({ ns }, round) => ns - baseNs[round]);
      return [name, { ...summarise(rounds), addedNs: median(addedByRound), addedByRound }];
    }),
  );
}

/** What ours adds, divided by what the peer adds: smaller is better. */
export function addedRatio(ours, peer) {
  return median(ours.addedByRound.map((added, round) => added / peer.addedByRound[round]));
}

/** As they stand in the result file. */
export function withoutRounds(cases) {
  return Object.fromEntries(
    Object.entries(cases).map(([name, { addedByRound: _rounds, ...it }]) => [name, it]),
  );
}
