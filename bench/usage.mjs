// What an await costs when the event loop is divided among tenants. The modes run one after the other, because on Node.js 20
// and 22 a context that was used once is paid by every promise of the process from then on. Windows are rare: the mean counts.
import { setImmediate as turn } from 'node:timers/promises';
import { Command } from '@eventcore/nestjs-observability';
import { usage } from '@eventcore/nestjs-observability/usage';
import { summarise } from './measure.mjs';
import { decorate, observe } from './observed-application.mjs';

const AWAITS = 5_000;

const awaitMany = async () => {
  for (let n = 0; n < AWAITS; n++) globalThis.blackhole += await n;
};

const meanOf = (rounds) => rounds.reduce((sum, { ns }) => sum + ns, 0) / rounds.length;

/** CPU time of an await in rounds, with a turn of the event loop between them. */
async function roundsFor(seconds, work) {
  const rounds = [];
  const endMs = performance.now() + seconds * 1_000;
  while (performance.now() < endMs) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    rounds.push({ ns: ((user + system) * 1_000) / AWAITS });
    await turn();
  }
  return rounds;
}

/** The same in a handler of an application with the plugin. */
async function observedRounds(seconds, cpu) {
  class Work {
    many() {
      return awaitMany();
    }
  }
  decorate(Work, 'many', Command('Many'));
  const { app, handler } = await observe(Work, { plugins: [usage({ cpu })], tracing: false });
  const rounds = await roundsFor(seconds, () => handler.many());
  await app.close();
  return rounds;
}

/** Awaits without the plugin, with calls alone, in windows, and always watched. */
export async function runUsage({ smoke }) {
  const seconds = smoke ? 0.2 : 2;
  await roundsFor(seconds / 2, awaitMany);
  const rounds = {
    await: await roundsFor(seconds, awaitMany),
    'await, usage': await observedRounds(seconds, false),
    // A period of the windows takes two seconds.
    'await, usage in windows': await observedRounds(smoke ? seconds : 20, 'windows'),
    'await, usage always': await observedRounds(seconds, 'always'),
  };
  const bare = meanOf(rounds.await);
  const cases = Object.entries(rounds).map(([name, it]) => [
    name,
    { ...summarise(it), bytesPerOp: 0, meanNs: meanOf(it), addedNs: meanOf(it) - bare },
  ]);
  const ratio = meanOf(rounds['await, usage in windows']) / bare;
  return { cases: Object.fromEntries(cases), ratios: { await_in_windows_vs_bare: ratio } };
}
