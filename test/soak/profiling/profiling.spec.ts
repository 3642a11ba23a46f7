import { execFile } from 'node:child_process';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/kernel/clock.js';
import { systemTimers } from '../../../lib/kernel/timers.js';
import { ProfileSlot } from '../../../lib/profiling/capture/profile-slot.js';
import type { ProfileKind } from '../../../lib/profiling/formats/profile-kinds.js';
import { freePort } from '../../system/free-port.js';

const SECONDS = 10;
const PAIRS = 5;
const MOST_COST = 0.05;

/** Work of a service: it parses, sorts, waits and writes. */
async function request(i: number): Promise<number> {
  const order = {
    id: i,
    lines: Array.from({ length: 40 }, (_, n) => ({ sku: `sku-${n % 7}`, n })),
  };
  const read = JSON.parse(JSON.stringify(order)) as typeof order;
  await Promise.resolve();
  const bySku = new Map(read.lines.map((it) => [it.sku, it]));
  const sorted = read.lines.toSorted((a, b) => b.n - a.n);
  return bySku.size + (sorted[0]?.n ?? 0);
}

/** Returns the microseconds on the processor of one request, with all threads. */
async function costOfRequest(seconds: number): Promise<number> {
  const before = process.cpuUsage();
  const endMs = performance.now() + seconds * 1_000;
  let count = 0;
  while (performance.now() < endMs) {
    for (let i = 0; i < 50; i++) await request(count++);
    await turn();
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

describe('the cost of profiles', () => {
  it.each<ProfileKind>(['cpu', 'heap'])(
    'Work costs at most 5 % more while a %s profile is taken',
    async (kind) => {
      const slot = new ProfileSlot({ clock: systemClock, timers: systemTimers });
      await costOfRequest(2);
      const ratios: number[] = [];
      for (let i = 0; i < PAIRS; i++) {
        const without = await costOfRequest(SECONDS);
        const taken = slot.take({ kind, seconds: SECONDS, stop: new AbortController() });
        const during = await costOfRequest(SECONDS);
        await taken;
        ratios.push(during / without);
      }
      const cost = median(ratios) - 1;
      console.log(`${kind}: ${(cost * 100).toFixed(1)} % of ${ratios.map((it) => it.toFixed(3))}`);
      expect(cost).toBeLessThan(MOST_COST);
    },
    300_000,
  );
});

describe('heap snapshots', () => {
  it('A heap snapshot is sent whole and contains the objects of the application, and a pause follows it', async () => {
    const script = fileURLToPath(new URL('snapshot-process.mjs', import.meta.url));
    const port = String(await freePort());
    const { stdout } = await promisify(execFile)(process.execPath, [script, port]);
    expect(JSON.parse(stdout)).toEqual({
      status: 200,
      name: expect.stringMatching(/filename="heap-\d+\.heapsnapshot"$/),
      nodes: expect.any(Number),
      hasOrders: true,
      again: 409,
    });
  }, 300_000);
});
