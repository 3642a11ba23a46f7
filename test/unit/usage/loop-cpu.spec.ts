import { executionAsyncId } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { ManualTimers } from '../../../lib/testing/manual-timers.js';
import { LoopCpu, type LoopAccount } from '../../../lib/usage/loop-cpu.js';

const account = (): LoopAccount => ({ cpuMs: 0, windowMs: 0 });

/** A loop that is busy whenever the clock moves by `burn`, and idle while timers advance. */
function loop(mode: 'windows' | 'always') {
  const timers = new ManualTimers();
  let busyMs = 1_000;
  const burn = (ms: number): void => {
    busyMs += ms;
    timers.clock.advance(ms);
  };
  const now = () => timers.clock.monotonicMs();
  const cpu = new LoopCpu(mode, { timers, random: () => 0.5, now, busyMs: () => busyMs });
  return { cpu, timers, burn, busyMs: () => busyMs - 1_000 };
}

describe('LoopCpu', () => {
  it('charges the synchronous part of a call to its account, and the rest to nobody', () => {
    const { cpu, burn, busyMs } = loop('always');
    const acme = account();
    cpu.start();
    cpu.run(acme, () => burn(30));
    burn(10);
    cpu.stop();
    expect([acme.cpuMs, cpu.unattributedMs, busyMs()]).toEqual([30, 10, 40]);
  });

  it('charges the work of an inner call to the inner account alone', () => {
    const { cpu, burn } = loop('always');
    const [outer, inner] = [account(), account()];
    cpu.start();
    cpu.run(outer, () => {
      burn(1);
      cpu.run(inner, () => burn(5));
      burn(2);
    });
    cpu.stop();
    expect([outer.cpuMs, inner.cpuMs]).toEqual([3, 5]);
  });

  it('charges the continuation after an await to the account of its call', async () => {
    const { cpu, burn } = loop('always');
    const [acme, globex] = [account(), account()];
    cpu.start();
    const work = async (ms: number) => {
      await Promise.resolve();
      burn(ms);
      await new Promise((done) => setImmediate(done));
      burn(ms);
    };
    await Promise.all([cpu.run(acme, () => work(8)), cpu.run(globex, () => work(2))]);
    cpu.stop();
    expect([acme.cpuMs, globex.cpuMs, cpu.unattributedMs]).toEqual([16, 4, 0]);
  });

  it('ignores the end of a callback that began before the window', async () => {
    const { cpu, burn } = loop('always');
    const acme = account();
    await new Promise<void>((done) => {
      setImmediate(() => {
        expect(executionAsyncId()).toBeGreaterThan(0);
        cpu.start();
        cpu.run(acme, () => burn(4));
        done();
      });
    });
    await new Promise((done) => setImmediate(done));
    burn(6);
    cpu.stop();
    expect([acme.cpuMs, cpu.unattributedMs]).toEqual([4, 6]);
  });

  it('scales a window to the busy time since the window before', async () => {
    const { cpu, timers, burn, busyMs } = loop('windows');
    const [acme, globex] = [account(), account()];
    cpu.start();
    burn(100);
    await timers.advance(125);
    cpu.run(acme, () => burn(6));
    cpu.run(globex, () => burn(3));
    burn(1);
    await timers.advance(25);
    cpu.stop();
    expect(acme.cpuMs).toBeCloseTo(66, 9);
    expect(globex.cpuMs).toBeCloseTo(33, 9);
    expect(acme.cpuMs + globex.cpuMs + cpu.unattributedMs).toBeCloseTo(busyMs(), 9);
  });

  it('leaves no timer when it stops', () => {
    const { cpu, timers } = loop('windows');
    cpu.start();
    expect(timers.pending).toBe(1);
    cpu.stop();
    expect(timers.pending).toBe(0);
  });
});
