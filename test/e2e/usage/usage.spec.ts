import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { FourTenants, largestError } from './four-tenants.js';

const busySeconds = () => performance.eventLoopUtilization().active / 1_000;

describe('usage() in an application', () => {
  it('The busy time of the event loop is divided among four tenants as they use it, and the rest is unattributed', async () => {
    const createdSeconds = busySeconds();
    const application = await FourTenants.start('always');
    const startedSeconds = busySeconds();
    await application.work((round) => round < 25);
    const workedSeconds = busySeconds();
    const seen = await application.end();
    const endedSeconds = busySeconds();
    expect(seen.calls).toEqual({ acme: 25, globex: 25, initech: 25, umbrella: 25 });
    expect(largestError(seen)).toBeLessThan(4);
    expect(seen.attributedSeconds).toBeGreaterThan(0.375);
    const sum = seen.attributedSeconds + seen.unattributedSeconds;
    expect(sum).toBeGreaterThan(workedSeconds - startedSeconds);
    expect(sum).toBeLessThan(endedSeconds - createdSeconds);
  });

  it('Calls are counted without an estimate of the event loop', async () => {
    const application = await FourTenants.start(false);
    await application.work((round) => round < 1);
    const seen = await application.end();
    expect(seen.calls).toEqual({ acme: 1, globex: 1, initech: 1, umbrella: 1 });
    expect([seen.shares, seen.unattributedSeconds]).toEqual([{}, Number.NaN]);
  });
});
