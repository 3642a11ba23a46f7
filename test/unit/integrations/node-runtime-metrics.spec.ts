import { afterEach, describe, expect, it } from 'vitest';
import { NodeRuntimeMetrics } from '../../../lib/integrations/node-runtime/node-runtime-metrics.js';
import { RecentDelay } from '../../../lib/integrations/node-runtime/recent-delay.js';
import { makeRegistry } from '../metrics/registry-of-test.js';

const started: { stop(): void }[] = [];

afterEach(() => {
  for (const it of started.splice(0)) it.stop();
});

function runtime() {
  const parts = makeRegistry();
  const node = new NodeRuntimeMetrics(parts.registry, parts.clock, { namespace: 'eventcore' });
  started.push(node);
  node.start();
  const read = (name: string) => {
    const { metrics } = parts.registry.snapshot();
    const found = metrics.find(({ definition }) => definition.name === `eventcore_${name}`);
    const [block] = found?.blocks ?? [];
    return Object.fromEntries(
      (block?.labelSets ?? []).map((labels, i) => [labels.join(), block?.values[i] ?? 0]),
    );
  };
  return { ...parts, read };
}

function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('the metrics of the process', () => {
  it('are its uptime in seconds and its memory in bytes by component', () => {
    const { read } = runtime();
    expect(read('uptime_seconds')['']).toBeCloseTo(process.uptime(), 0);
    const memory = read('memory_usage_bytes');
    expect(Object.keys(memory)).toEqual(['rss', 'heap_used', 'external', 'array_buffers']);
    expect(memory['rss']).toBeGreaterThan(memory['heap_used'] ?? Infinity);
    expect(memory['heap_used']).toBeGreaterThan(1_000_000);
  });

  it('are CPU time per elapsed time since a reading at least a second ago', () => {
    const { clock, read, refused } = runtime();
    const cpu = () => read('cpu_usage_ratio')[''] ?? Number.NaN;
    expect(cpu()).toBe(0);
    clock.advance(1_000);
    cpu();
    const { user } = process.cpuUsage();
    while (process.cpuUsage().user - user < 100_000);
    clock.advance(999);
    const before = cpu();
    clock.advance(1);
    const after = cpu();
    expect(after).not.toBe(before);
    expect(after).toBeGreaterThan(0.05);
    expect(read('event_loop_utilization_ratio')['']).toBeLessThanOrEqual(1);
    expect(refused).toEqual([]);
  });

  it('are delays by quantile once a window is complete', () => {
    const { clock, read } = runtime();
    expect(read('event_loop_delay_seconds')).toEqual({});
    clock.advance(1_000);
    const quantiles = read('event_loop_delay_seconds');
    expect(Object.keys(quantiles)).toEqual(['0.5', '0.9', '0.99']);
    for (const seconds of Object.values(quantiles)) expect(seconds).toBeGreaterThanOrEqual(0);
  });
});

describe('the recent delay of the event loop', () => {
  it('is that of a window of at least a second, and 0 before the first one', async () => {
    const { clock } = makeRegistry();
    const recent = new RecentDelay(clock);
    started.push(recent);
    recent.start();
    expect(recent.p99Seconds()).toBe(0);
    // A delay lies between two ticks of the timer that measures it.
    for (let i = 0; i < 5; i++) {
      stall(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    clock.advance(1_000);
    const seconds = recent.p99Seconds();
    expect(seconds).toBeGreaterThan(0.05);
    clock.advance(999);
    expect(recent.p99Seconds()).toBe(seconds);
    clock.advance(1);
    expect(recent.p99Seconds()).toBeLessThan(seconds);
  });
});
