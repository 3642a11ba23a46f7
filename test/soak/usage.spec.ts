import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { FourTenants, largestError } from '../e2e/usage/four-tenants.js';

const MINUTE_MS = 60_000;
const busySeconds = () => performance.eventLoopUtilization().active / 1_000;

describe('usage() over a minute', () => {
  it('Windows give four tenants their shares within four points, and the sum is the busy time within 5 %', async () => {
    const application = await FourTenants.start('windows');
    const [startMs, startedSeconds] = [performance.now(), busySeconds()];
    await application.work(() => performance.now() - startMs < MINUTE_MS);
    const seen = await application.end();
    const busy = busySeconds() - startedSeconds;
    const sum = seen.attributedSeconds + seen.unattributedSeconds;
    console.log(process.version, JSON.stringify({ ...seen, busy }));
    expect(largestError(seen)).toBeLessThan(4);
    expect(Math.abs(sum / busy - 1)).toBeLessThan(0.05);
    expect(seen.attributedSeconds / sum).toBeGreaterThan(0.1);
  }, 120_000);
});
