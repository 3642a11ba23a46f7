import { afterEach, describe, expect, it } from 'vitest';
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { NodeRuntimeMetrics } from '../../../../lib/integrations/node-runtime/node-runtime-metrics.js';
import { EventLoopDelay } from '../../../../lib/integrations/node-runtime/event-loop-delay.js';
import { poll } from '../../../system/poll.js';
import { makeRegistry } from '../../metrics/registry-of-test.js';

const started: { stop(): void }[] = [];

afterEach(() => {
  for (const it of started.splice(0)) it.stop();
});

function runtime() {
  const parts = makeRegistry();
  const { clock } = parts;
  const loopDelay = new EventLoopDelay(clock);
  const sources = { clock, delays: loopDelay.openWindow() };
  const node = new NodeRuntimeMetrics(parts.registry, sources, { namespace: 'eventcore' });
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
  /** Duration of garbage collection pauses, by kind. */
  const pauses = () => {
    const { metrics } = parts.registry.snapshot();
    const found = metrics.find(
      ({ definition }) => definition.name === 'eventcore_gc_duration_seconds',
    );
    const [block] = found?.blocks ?? [];
    const stride = block?.stride ?? 0;
    return Object.fromEntries(
      (block?.labelSets ?? []).map(([kind], i) => {
        const values = [...(block?.values ?? [])].slice(i * stride, (i + 1) * stride - 1);
        return [kind, values.reduce((sum, it) => sum + it, 0)];
      }),
    );
  };
  return { ...parts, node, loopDelay, read, pauses };
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
    const { clock, read, loopDelay } = runtime();
    loopDelay.start();
    started.push(loopDelay);
    expect(read('event_loop_delay_seconds')).toEqual({});
    clock.advance(1_000);
    loopDelay.tick();
    clock.advance(1_000);
    const quantiles = read('event_loop_delay_seconds');
    expect(Object.keys(quantiles)).toEqual(['0.5', '0.9', '0.99']);
    for (const seconds of Object.values(quantiles)) expect(seconds).toBeGreaterThan(0.4);
  });

  it('are the same for two readers within a second', () => {
    const { clock, read, loopDelay } = runtime();
    loopDelay.start();
    started.push(loopDelay);
    clock.advance(5_000);
    loopDelay.tick();
    const names = ['cpu_usage_ratio', 'event_loop_utilization_ratio', 'event_loop_delay_seconds'];
    const first = names.map((it) => read(it));
    clock.advance(900);
    loopDelay.tick();
    expect(names.map((it) => read(it))).toEqual(first);
    expect(first[2]?.['0.99']).toBeGreaterThan(4);
  });

  it('are what keeps the event loop alive, and 0 for what no longer does', async () => {
    const { clock, read } = runtime();
    const server = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    const sockets: Socket[] = [];
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const clients = [1, 2, 3].map(() => connect(port, '127.0.0.1'));
    await Promise.all(clients.map((it) => once(it, 'connect')));
    clock.advance(1_000);
    const during = read('active_resources');
    expect(during['TCPServerWrap']).toBeGreaterThanOrEqual(1);
    expect(during['TCPSocketWrap']).toBeGreaterThanOrEqual(3);
    for (const it of clients) it.destroy();
    await Promise.all(clients.map((it) => once(it, 'close')));
    for (const it of sockets) it.destroy();
    server.close();
    await once(server, 'close');
    const after = async () => {
      clock.advance(1_000);
      return read('active_resources')['TCPServerWrap'] === (during['TCPServerWrap'] ?? 0) - 1;
    };
    const isGone = poll(async () => (await after()) || undefined, {
      what: 'a server that is gone',
      timeoutMs: 5000,
    });
    await expect(isGone).resolves.toBe(true);
  });

  it('are the pauses of the garbage collector by kind, as long as it is watched', async () => {
    const { node, pauses } = runtime();
    expect(pauses()).toEqual({ minor: 0, major: 0, incremental: 0, weakcb: 0 });
    globalThis.gc?.();
    const major = await poll(async () => pauses()['major'] || undefined, {
      what: 'a pause',
      timeoutMs: 5000,
    });
    expect(major).toBeGreaterThanOrEqual(1);
    node.stop();
    const before = pauses();
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(pauses()).toEqual(before);
  });
});
