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
  const sources = { clock, delay: loopDelay, faults: { report: () => undefined } };
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
  it('Process metrics are its uptime in seconds and its memory in bytes by component', () => {
    const { read } = runtime();
    expect(read('uptime_seconds')['']).toBeCloseTo(process.uptime(), 0);
    const memory = read('memory_usage_bytes');
    expect(Object.keys(memory)).toEqual(['rss', 'heap_used', 'external', 'array_buffers']);
    expect(memory['rss']).toBeGreaterThan(memory['heap_used'] ?? Infinity);
    expect(memory['heap_used']).toBeGreaterThan(1_000_000);
  });

  it('Process metrics are CPU time per elapsed time of the last 15 seconds', () => {
    const { clock, read, refused, node } = runtime();
    const cpu = () => read('cpu_usage_ratio')[''] ?? Number.NaN;
    clock.advance(1_000);
    node.sample();
    const { user } = process.cpuUsage();
    while (process.cpuUsage().user - user < 300_000);
    clock.advance(1_000);
    node.sample();
    const busy = cpu();
    expect(busy).toBeGreaterThan(0.15);
    expect(busy).toBeLessThan(1);
    const utilization = read('event_loop_utilization_ratio')[''];
    expect(utilization).toBeGreaterThan(0);
    expect(utilization).toBeLessThanOrEqual(1);
    clock.advance(12_000);
    node.sample();
    expect(cpu()).toBeGreaterThan(0.3 / 15);
    clock.advance(15_000);
    node.sample();
    expect(cpu()).toBeLessThan(0.3 / 15);
    expect(refused).toEqual([]);
  });

  it('Process metrics are the same for every reader between two samples, and no reading shortens the window', () => {
    const { clock, read, loopDelay, node } = runtime();
    loopDelay.start();
    started.push(loopDelay);
    const names = ['cpu_usage_ratio', 'event_loop_utilization_ratio', 'event_loop_delay_seconds'];
    const all = () => names.map((it) => read(it));
    clock.advance(1_000);
    node.sample();
    const first = all();
    expect(Object.keys(first[2] ?? {})).toEqual(['0.5', '0.9', '0.99']);
    expect(first[2]?.['0.99']).toBeGreaterThan(0.8);
    for (let reader = 0; reader < 10; reader++) {
      clock.advance(90);
      expect(all()).toEqual(first);
    }
    clock.advance(110);
    loopDelay.tick();
    node.sample();
    expect(read('event_loop_delay_seconds')['0.99']).toBeGreaterThan(0.8);
  });

  it('Process metrics exist for a reader in the first second', () => {
    const { clock, read } = runtime();
    clock.advance(10);
    expect(Object.keys(read('cpu_usage_ratio'))).toEqual(['']);
  });

  it('Process metrics are what keeps the event loop alive, and 0 for what no longer does', async () => {
    const { clock, node, read } = runtime();
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
      node.sample();
      return read('active_resources')['TCPServerWrap'] === (during['TCPServerWrap'] ?? 0) - 1;
    };
    const isGone = poll(async () => (await after()) || undefined, {
      what: 'a server that is gone',
      timeoutMs: 5000,
    });
    await expect(isGone).resolves.toBe(true);
  });

  it('Process metrics are the pauses of the garbage collector by kind, as long as it is watched', async () => {
    const { node, pauses } = runtime();
    expect(pauses()).toEqual({});
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
