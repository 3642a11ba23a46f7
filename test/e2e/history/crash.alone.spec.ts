import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PushExporter } from '../../../lib/metrics/index.js';
import { LabelMatcher, MetricHistory } from '../../../lib/query/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

/** A disk that takes the first half of a chunk and then has no room, as long as it is full. */
const disk = vi.hoisted(() => ({ isFull: false }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const writeFile: typeof real.writeFile = async (file, data, options) => {
    if (!disk.isFull || !(data instanceof Uint8Array)) return real.writeFile(file, data, options);
    await real.writeFile(file, data.subarray(0, data.length / 2), options);
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  return { ...real, writeFile };
});

const START = Date.UTC(2026, 0, 1);
const CHUNK_MS = 600_000;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'history-'));
});

afterEach(async () => {
  disk.isFull = false;
  await chmod(directory, 0o700);
  await rm(directory, { recursive: true });
});

const labelSets = Array.from({ length: 50 }, (_, i) => [`${i}`]);

interface Message {
  readonly fault?: string;
  readonly opened?: boolean;
  readonly closed?: boolean;
  readonly files?: number;
  readonly atMs?: number;
}

/** A process that records. */
class Recorder {
  readonly #process;
  readonly messages: Message[] = [];

  constructor(startMs: number, ticks: number) {
    const script = new URL('./recorder.mjs', import.meta.url);
    this.#process = fork(script, [directory, String(startMs), String(ticks)]);
    this.#process.on('message', (it: Message) => this.messages.push(it));
  }

  async has(isIt: (message: Message) => unknown): Promise<Message> {
    let found = this.messages.find(isIt);
    while (found === undefined) {
      await once(this.#process, 'message');
      found = this.messages.find(isIt);
    }
    return found;
  }

  async kill(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}

interface Opened {
  readonly faults: string[];
  ticks(): Promise<readonly number[]>;
  record(ticks: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens the history in this process. */
async function open(startMs: number): Promise<Opened> {
  const faults: string[] = [];
  const clock = new ManualClock(startMs);
  const history = new MetricHistory({ storage: { directory } });
  const exporter = await history.open({
    application: { labels: {} } as never,
    startedAtMs: startMs,
    clock,
    read: () => ({ takenAtMs: 0, metrics: [] }),
    onSeriesEnd: () => () => undefined,
    report: (error) => faults.push((error as Error).message),
  });
  return {
    faults,
    close: async () => exporter.close?.(),
    record: async (ticks) => {
      for (let tick = 0; tick < ticks; tick++) {
        const values = Float64Array.from(labelSets, () => clock.wallMs() / 1000);
        // Numbers that cannot be compressed, so that the disk fills up.
        const noise = values.map(() => Math.random());
        const block = { labelSets, createdAtMs: values, stride: 1, bounds: [] };
        const metrics = ['ticks', 'noise'].map((name, i) => ({
          definition: { name, type: 'gauge' as const, help: 'Gauge.', labels: ['it'] },
          blocks: [{ ...block, values: i === 0 ? values : noise }],
        }));
        const snapshot = { takenAtMs: clock.wallMs(), metrics };
        await (exporter as PushExporter).export(snapshot, new AbortController().signal);
        clock.advance(5_000);
      }
    },
    ticks: async () => {
      const matchers = [new LabelMatcher('__name__', '=', 'ticks')];
      const found = await history.select({ matchers, fromMs: 0, toMs: 1e14 });
      const all = new Set(found.map(({ values }) => values.join()));
      // All series have the same values.
      expect(all.size).toBeLessThanOrEqual(1);
      const [series] = found;
      if (series === undefined) return [];
      expect([...series.values]).toEqual([...series.timesMs].map((it) => it / 1000));
      return [...series.timesMs];
    },
  };
}

describe('files of a history', () => {
  it('A killed process leaves all but its last chunk, and the next one goes on', async () => {
    const recorder = new Recorder(START, 1e6);
    const { atMs = 0 } = await recorder.has(({ files }) => files === 3);
    await recorder.kill();
    const next = await open(START + 90 * 86_400_000);
    const ticks = await next.ticks();
    expect(ticks[0]).toBe(START);
    // At most the chunk that was being written.
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(atMs - CHUNK_MS - 10_000);
    expect(next.faults.filter((it) => !it.includes('incomplete'))).toEqual([]);
    await next.close();
    expect(await readdir(directory)).not.toContain('lock');
  }, 60_000);

  it('Two processes that start at once never write to one directory', async () => {
    const recorders = [new Recorder(START, 1e6), new Recorder(START, 1e6)];
    const refused = Promise.any(recorders.map((it) => it.has(({ fault }) => fault)));
    const written = Promise.any(recorders.map((it) => it.has(({ files = 0 }) => files >= 2)));
    expect((await refused).fault).toContain('another process owns the directory');
    await written;
    for (const it of recorders) await it.kill();
    const names = (await readdir(directory)).filter((it) => it.endsWith('.chunk'));
    // The end of a name is that of its writer.
    expect(new Set(names.map((it) => it.slice(-14))).size).toBe(1);
    expect(recorders.filter((it) => it.messages.some(({ fault }) => fault))).toHaveLength(1);
  }, 60_000);

  it('A torn file and an unfinished one are left out with one report', async () => {
    const recorder = new Recorder(START, 400);
    await recorder.has(({ closed }) => closed);
    const names = (await readdir(directory)).filter((it) => it.startsWith('full')).toSorted();
    expect(names).toHaveLength(4);
    const [, torn = '', flipped = ''] = names;
    await truncate(join(directory, torn), 60);
    const bytes = await readFile(join(directory, flipped));
    bytes[200]! ^= 1;
    await writeFile(join(directory, flipped), bytes);
    await writeFile(join(directory, `${torn}.tmp`), 'half');
    const next = await open(START + 10 * CHUNK_MS);
    expect(next.faults).toEqual(['2 files of the history were incomplete and are left out']);
    const ticks = await next.ticks();
    // The rollups of the time are there.
    const lost = ticks.filter((it) => it >= START + CHUNK_MS && it < START + 2 * CHUNK_MS);
    expect(lost.length).toBeGreaterThanOrEqual(9);
    expect(lost.length).toBeLessThanOrEqual(10);
    expect(next.faults).toHaveLength(2);
    expect(next.faults[1]).toContain('damaged');
    await next.close();
  }, 60_000);

  it('A directory that cannot be written leaves the history in memory', async () => {
    await writeFile(join(directory, 'lock'), '');
    const occupied = await open(START);
    expect(occupied.faults).toEqual([
      'another process owns the directory of the history, which stays in memory',
    ]);
    await occupied.close();
  });

  it('A full disk leaves the history in memory until there is room', async () => {
    disk.isFull = true;
    const history = await open(START);
    await history.record(500);
    await expect.poll(() => history.faults.join()).toContain('ENOSPC');
    expect(await history.ticks()).toHaveLength(500);
    // Other chunks are still tried while the first one is told.
    const unfinished = async () => (await readdir(directory)).filter((it) => it.endsWith('.tmp'));
    await expect.poll(unfinished).toEqual([]);
    disk.isFull = false;
    await history.close();
    const next = await open(START + CHUNK_MS * 5);
    expect(next.faults).toEqual([]);
    expect(await next.ticks()).toHaveLength(500);
    await next.close();
  }, 60_000);
});
