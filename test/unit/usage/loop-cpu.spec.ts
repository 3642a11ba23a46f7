import { describe, expect, it } from 'vitest';
import { ManualTimers } from '../../../lib/testing/manual-timers.js';
import { LoopCpu, type LoopAccount } from '../../../lib/usage/loop-cpu.js';

class Account implements LoopAccount {
  windowMs = 0;
  weightMs = 0;
  cpuMs = 0;

  charge(ms: number): void {
    this.cpuMs += ms;
  }
}

/** A loop that is busy while `burn` moves the clock, and idle while timers advance. */
function loop(mode: 'windows' | 'always') {
  const timers = new ManualTimers();
  const rest = new Account();
  let busyMs = 1_000;
  const burn = (ms: number): void => {
    busyMs += ms;
    timers.clock.advance(ms);
  };
  const cpu = new LoopCpu(mode, {
    pace: { periodMs: 2_000, leadMs: LEAD_MS },
    timers,
    random: () => 0.5,
    now: () => timers.clock.monotonicMs(),
    busyMs: () => busyMs,
    unattributed: (ms) => rest.charge(ms),
  });
  return { cpu, timers, burn, rest, busyMs: () => busyMs - 1_000 };
}

const turn = () => new Promise((done) => setImmediate(done));
const parts = (...accounts: readonly Account[]) => accounts.map((it) => it.cpuMs);

// With a random number of one half.
const BETWEEN_MS = 1_750;
const LEAD_MS = 100;
const WINDOW_MS = 150;

describe('LoopCpu', () => {
  it('The synchronous part of a call is charged to its account, and the rest is unattributed', () => {
    const { cpu, burn, rest, busyMs } = loop('always');
    const acme = new Account();
    cpu.start();
    cpu.run(acme, () => burn(30));
    burn(10);
    cpu.stop();
    expect([...parts(acme, rest), busyMs()]).toEqual([30, 10, 40]);
  });

  it('The work of an inner call is charged to the inner account alone', () => {
    const { cpu, burn, rest } = loop('always');
    const [outer, inner] = [new Account(), new Account()];
    cpu.start();
    cpu.run(outer, () => {
      burn(1);
      cpu.run(inner, () => burn(5));
      burn(2);
    });
    cpu.stop();
    expect(parts(outer, inner, rest)).toEqual([3, 5, 0]);
  });

  it('Work that follows an await is charged to the account of its call', async () => {
    const { cpu, burn, rest } = loop('always');
    const [acme, globex] = [new Account(), new Account()];
    cpu.start();
    const work = async (ms: number) => {
      await Promise.resolve();
      burn(ms);
      await turn();
      burn(ms);
    };
    await Promise.all([cpu.run(acme, () => work(8)), cpu.run(globex, () => work(2))]);
    burn(1);
    cpu.stop();
    expect(parts(acme, globex, rest)).toEqual([16, 4, 1]);
  });

  it('Work in a callback is unattributed, because a pooled connection has the context of the call that opened it', async () => {
    const { cpu, burn, rest } = loop('always');
    const opener = new Account();
    cpu.start();
    cpu.run(opener, () => void setImmediate(() => burn(7)));
    await turn();
    cpu.stop();
    expect(parts(opener, rest)).toEqual([0, 7]);
  });

  it('A call that outlasts a settlement keeps its account', async () => {
    const { cpu, timers, burn, rest } = loop('always');
    const acme = new Account();
    cpu.start();
    await cpu.run(acme, async () => {
      burn(4);
      await timers.advance(250);
      burn(6);
    });
    cpu.stop();
    expect(parts(acme, rest)).toEqual([10, 0]);
  });

  it('The first window is scaled to the busy time since the start, and its lead counts for no account', async () => {
    const { cpu, timers, burn, rest, busyMs } = loop('windows');
    const [acme, globex] = [new Account(), new Account()];
    cpu.start();
    cpu.run(acme, () => burn(100));
    await timers.advance(BETWEEN_MS - 100);
    // The lead shows the awaits that end in the window, and counts for nobody.
    cpu.run(globex, () => burn(50));
    await timers.advance(LEAD_MS - 50);
    cpu.run(acme, () => burn(6));
    cpu.run(globex, () => burn(3));
    burn(1);
    await timers.advance(WINDOW_MS);
    expect(busyMs()).toBe(160);
    expect(acme.cpuMs).toBeCloseTo(96, 9);
    expect(globex.cpuMs).toBeCloseTo(48, 9);
    expect(rest.cpuMs).toBeCloseTo(16, 9);
  });

  it('The busy time around a window without work is divided as the windows before', async () => {
    const { cpu, timers, burn, rest } = loop('windows');
    const acme = new Account();
    cpu.start();
    await timers.advance(BETWEEN_MS + LEAD_MS);
    cpu.run(acme, () => burn(30));
    burn(10);
    await timers.advance(WINDOW_MS);
    expect(parts(acme, rest)).toEqual([30, 10]);
    burn(400);
    await timers.advance(BETWEEN_MS + LEAD_MS + WINDOW_MS);
    expect(acme.cpuMs).toBeCloseTo(330, 9);
    expect(rest.cpuMs).toBeCloseTo(110, 9);
  });

  it.each([0, BETWEEN_MS])(
    'All busy time is unattributed when the measurement stops before the first window: %d ms after the start',
    async (ms) => {
      const { cpu, timers, burn, rest } = loop('windows');
      const acme = new Account();
      cpu.start();
      await timers.advance(ms);
      cpu.run(acme, () => burn(5));
      cpu.stop();
      expect(parts(acme, rest)).toEqual([0, 5]);
    },
  );

  it.each(['windows', 'always'] as const)(
    'No timer is left when the measurement stops: %s',
    async (mode) => {
      const { cpu, timers } = loop(mode);
      cpu.start();
      expect(timers.pending).toBe(1);
      await timers.advance(BETWEEN_MS);
      cpu.stop();
      expect(timers.pending).toBe(0);
    },
  );
});
