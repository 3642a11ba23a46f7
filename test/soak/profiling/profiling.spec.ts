import { execFile } from 'node:child_process';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/kernel/clock.js';
import { systemTimers } from '../../../lib/kernel/timers.js';
import { ProfileEnded, ProfileSlot } from '../../../lib/profiling/capture/profile-slot.js';
import type { ProfileKind } from '../../../lib/profiling/formats/profile-kinds.js';
import { freePort } from '../../system/free-port.js';

const ROUNDS = 6;
const WINDOWS = 5;
const WINDOW_MS = 500;
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
async function costOfRequest(): Promise<number> {
  const before = process.cpuUsage();
  const endMs = performance.now() + WINDOW_MS;
  let count = 0;
  while (performance.now() < endMs) {
    for (let i = 0; i < 50; i++) await request(count++);
    await turn();
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** Returns the costs of some windows. The first is left out: the start of a profile stops the event loop. */
async function costs(): Promise<number[]> {
  const windows: number[] = [];
  for (let i = 0; i < WINDOWS; i++) windows.push(await costOfRequest());
  return windows.slice(1);
}

/** Other programs on the machine only make a window dearer. */
const lowerQuartile = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)] as number;

describe('the cost of profiles', () => {
  it.each<ProfileKind>(['cpu', 'heap'])(
    'Work costs at most 5 % more while a %s profile is taken',
    async (kind) => {
      const slot = new ProfileSlot({ clock: systemClock, timers: systemTimers });
      const [without, during]: [number[], number[]] = [[], []];
      await costs();
      for (let i = 0; i < ROUNDS; i++) {
        without.push(...(await costs()));
        const stop = new AbortController();
        const taken = slot.take({ kind, seconds: 60, stop }).catch((error: unknown) => error);
        during.push(...(await costs()));
        stop.abort(new ProfileEnded('measured'));
        expect(await taken).toBeInstanceOf(ProfileEnded);
      }
      const cost = lowerQuartile(during) / lowerQuartile(without) - 1;
      console.log(`${kind} profile: ${(cost * 100).toFixed(1)} %`);
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
