import { afterEach, describe, expect, it } from 'vitest';
import { ObservabilityModule, ObservabilityService } from '../../../lib/index.js';
import { logging, type LoggingOptions } from '../../../lib/logging/index.js';
import { RunningApplication } from '../module/running-application.js';
import { type Line, textSink } from './json-lines.js';

let application: RunningApplication | undefined;

afterEach(async () => {
  await application?.close();
  application = undefined;
});

async function start(options: LoggingOptions = {}) {
  const lines: string[] = [];
  application = await RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({
        plugins: [logging({ sinks: [textSink(lines)], ...options })],
      }),
    ],
  });
  const service = application.app.get(ObservabilityService);
  const parsed = () =>
    lines.map((it) => JSON.parse(it) as Line).filter((it) => it.target.startsWith('eventcore::'));
  return { service, application, lines: parsed };
}

describe('lines about changes of state', () => {
  it('A projection has one line for each change of its state and for the ends of a rebuild', async () => {
    const { service, lines } = await start();
    const projection = service.projection('order_summary');
    projection.pause();
    projection.pause();
    projection.resume();
    projection.beginRebuild(10);
    projection.checkpoint(3);
    projection.checkpoint(10);
    const told = lines().map(({ message, level, fields }) => [level, message, fields['to']]);
    expect(told).toEqual([
      ['INFO', 'Projection state changed', 'paused'],
      ['INFO', 'Projection state changed', 'starting'],
      ['INFO', 'Projection state changed', 'rebuilding'],
      ['INFO', 'Projection rebuild started', 'running'],
      ['INFO', 'Projection state changed', 'live'],
      ['INFO', 'Projection rebuild ended', 'ended'],
    ]);
    expect(lines()[0]).toMatchObject({
      target: 'eventcore::projection',
      fields: { projection_name: 'order_summary', from: 'starting', to: 'paused' },
    });
  });

  it('A circuit breaker has a warning when it opens, and an info line when it closes', async () => {
    const { service, lines } = await start();
    let state: 'closed' | 'open' = 'closed';
    let tell: (to: 'closed' | 'open') => void = () => undefined;
    service.registerCircuitBreaker('payments', {
      state: () => state,
      listen: (listener) => {
        tell = (to) => {
          state = to;
          listener.moved(to);
        };
        return () => undefined;
      },
    });
    tell('open');
    tell('closed');
    expect(lines()).toMatchObject([
      {
        level: 'WARN',
        target: 'eventcore::circuit_breaker',
        message: 'Circuit breaker opened',
        fields: { breaker: 'payments', from: 'closed', to: 'open' },
      },
      { level: 'INFO', message: 'Circuit breaker closed', fields: { from: 'open' } },
    ]);
  });

  it('A connection pool has a warning when callers wait for it, and a line when they no longer do', async () => {
    const { service, lines, application: running } = await start();
    let pending = 0;
    service.registerPool('main', () => ({
      size: 5,
      available: pending === 0 ? 2 : 0,
      maxSize: 5,
      pending,
    }));
    await running.get('/metrics');
    pending = 3;
    await running.get('/metrics');
    await running.get('/metrics');
    pending = 0;
    await running.get('/metrics');
    expect(lines()).toMatchObject([
      {
        level: 'WARN',
        message: 'Connection pool exhausted',
        fields: { pool: 'main', size: 5, available: 0, max_size: 5, pending: 3 },
      },
      { level: 'INFO', message: 'Connection pool available again' },
    ]);
  });

  it('A shutdown has one line for each of its phases, the last one included', async () => {
    const { lines } = await start();
    await application?.close();
    application = undefined;
    expect(lines().map(({ target, message }) => [target, message])).toEqual([
      ['eventcore::shutdown', 'Shutdown started'],
      ['eventcore::shutdown', 'Waiting for work in flight'],
      ['eventcore::shutdown', 'Work in flight ended'],
    ]);
  });

  it('The option lines.state leaves lines about changes of state out', async () => {
    const { service, lines } = await start({ lines: { state: false } });
    service.projection('order_summary').pause();
    expect(lines()).toEqual([]);
  });
});
