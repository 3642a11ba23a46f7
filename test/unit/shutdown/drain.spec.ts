import { describe, expect, it } from 'vitest';
import { ApplicationDrain } from '../../../lib/shutdown/application-drain.js';
import type { DrainOptions } from '../../../lib/shutdown/drain-options.js';
import { Drain } from '../../../lib/shutdown/drain.js';

const never = () => new Promise<never>(() => undefined);

function draining(options: DrainOptions | false, flush: () => Promise<void> = async () => {}) {
  const seen: string[] = [];
  const drain = new Drain({
    options,
    wasReady: () => true,
    flush: () => {
      seen.push(`flush in ${drain.phase}`);
      return flush();
    },
    log: (message) => seen.push(message),
    warn: (message) => seen.push(message),
  });
  drain.onPhase((phase) => seen.push(phase));
  return { drain, application: new ApplicationDrain(drain), seen };
}

async function millisecondsOf(run: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await run();
  return performance.now() - startedMs;
}

describe('last work', () => {
  it('The last shutdown work runs once, after what was under way and before the export', async () => {
    const { drain, application, seen } = draining({});
    application.onDrained('checkpoints', async () => void seen.push('checkpoints'));
    application.onDrained('buffers', () => seen.push('buffers'));
    application.onDrained('taken back', () => seen.push('taken back'))();
    const release = application.hold('batch');
    const first = drain.run();
    const second = drain.run();
    setTimeout(() => {
      seen.push('batch');
      release();
    }, 20);
    await Promise.all([first, second]);
    expect(seen).toEqual([
      ...['leaving', 'draining', 'waiting for batch', 'batch', 'drained'],
      ...['checkpoints', 'buffers', 'flush in drained'],
    ]);
  });

  it('The last shutdown work that fails is logged, and the rest goes on', async () => {
    const { drain, application, seen } = draining({});
    application.onDrained('thrown', () => {
      throw new Error('no disk');
    });
    application.onDrained('null', () => Promise.reject(null));
    application.onDrained('well', () => seen.push('well'));
    await drain.run();
    expect(seen.slice(3)).toEqual([
      ...['well', 'thrown failed: no disk', 'null failed: null', 'flush in drained'],
    ]);
  });

  it('The last shutdown work that hangs is told to stop, and leaves the export its time', async () => {
    const { drain, application, seen } = draining({ timeoutMs: 100, flushTimeoutMs: 100 }, never);
    const signals: AbortSignal[] = [];
    application.onDrained('checkpoints', (signal) => {
      signals.push(signal);
      return never();
    });
    const tookMs = await millisecondsOf(() => drain.run());
    expect(signals.map((it) => it.aborted)).toEqual([true]);
    expect(seen.at(-2)).toMatch(/^checkpoints is not over after 1[45]\d ms$/);
    expect(seen.at(-1)).toBe('flush in drained');
    expect(tookMs).toBeGreaterThan(190);
    expect(tookMs).toBeLessThan(1_000);
  });

  it('The last shutdown work has half of the time of the export when work has taken all of its own', async () => {
    const { drain, application, seen } = draining({ timeoutMs: 50, flushTimeoutMs: 400 });
    application.hold('batch');
    application.onDrained('checkpoints', async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      seen.push('checkpoints');
    });
    await drain.run();
    expect(seen.slice(-4)).toEqual([
      ...['given up after 50 ms: batch', 'drained', 'checkpoints', 'flush in drained'],
    ]);
  });

  it('The last shutdown work is begun and not awaited without a drain', async () => {
    const { drain, application, seen } = draining(false);
    application.onDrained('checkpoints', () => {
      seen.push('checkpoints');
      return never();
    });
    await drain.run();
    expect(seen).toEqual([
      ...['leaving', 'draining', 'drained', 'checkpoints'],
      'checkpoints is not over after 0 ms',
    ]);
  });
});

describe('a drain', () => {
  it('A drain ends in the sum of its limits when everything hangs', async () => {
    const { drain, application, seen } = draining(
      { readinessDelayMs: 50, timeoutMs: 100, flushTimeoutMs: 100 },
      never,
    );
    application.hold('batch');
    application.onDrained('checkpoints', never);
    const tookMs = await millisecondsOf(() => drain.run());
    expect(tookMs).toBeGreaterThan(240);
    expect(tookMs).toBeLessThan(1_000);
    expect(seen).toContain('flush in drained');
  });
});
