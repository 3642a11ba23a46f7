import { Injectable, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Command, ObservabilityModule, ObservabilityService } from '../../../lib/index.js';
import { CallMetrics } from '../../../lib/metrics/recorders/call-metrics.js';

const OPTIONS = { prometheus: false, health: false, tracing: false } as const;

afterEach(() => void vi.restoreAllMocks());

describe('an application with many handlers', () => {
  it('An application with many handlers does work in proportion to their number while it starts', async () => {
    const [few, many] = [await looksAtStart(100), await looksAtStart(200)];
    const none = await looksAtStart(0);
    // Twice as many, twice the work: anything that walks all classes for each of them would be four times as much.
    expect(many - none).toBeLessThan(2.2 * (few - none));
    expect(many - none).toBeLessThan(200 * 250);
  });

  it('An application with many handlers makes their series after it has started', async () => {
    const bound = vi.spyOn(CallMetrics.prototype, 'bind');
    const app = await start(30);
    expect(bound).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(bound).toHaveBeenCalledTimes(30), { timeout: 10_000 });
    await app.close();
  });

  it('An application with many handlers has all of them at 0 when metrics are read at once', async () => {
    const app = await start(30);
    const text = await app.get(ObservabilityService).gather();
    const series = text
      .split('\n')
      .filter((it) => it.startsWith('eventcore_command_errors_total{'));
    expect(series).toHaveLength(30);
    expect(series.every((it) => it.endsWith(' 0'))).toBe(true);
    expect(text).toContain('eventcore_observability_series{metric="eventcore_commands_total"} 30');
    await app.close();
  });

  it('An application with many handlers counts a call that comes before the series are made', async () => {
    const Handlers = handlersClass(0);
    const app = await start(0, Handlers);
    await (app.get(Handlers) as { place(): Promise<void> }).place();
    const text = await app.get(ObservabilityService).gather();
    expect(text).toContain('eventcore_commands_total{command_type="Place0"} 1\n');
    await app.close();
  });
});

function handlersClass(number: number): Type {
  @Injectable()
  class Handlers {
    @Command(`Place${number}`)
    async place(): Promise<void> {}
  }
  return Handlers;
}

function start(handlers: number, ...more: Type[]) {
  const providers = Array.from({ length: handlers }, (_, i) => handlersClass(i));
  @Module({
    imports: [ObservabilityModule.forRoot(OPTIONS)],
    providers: [...providers, ...more],
  })
  class AppModule {}
  return NestFactory.createApplicationContext(AppModule, { logger: false });
}

/** How often metadata and members of anything are looked at while an application starts. */
async function looksAtStart(handlers: number): Promise<number> {
  const metadata = vi.spyOn(Reflect, 'getOwnMetadata');
  const members = vi.spyOn(Object, 'getOwnPropertyDescriptor');
  const prototypes = vi.spyOn(Object, 'getPrototypeOf');
  const app = await start(handlers);
  const looks = [metadata, members, prototypes].map((it) => it.mock.calls.length);
  vi.restoreAllMocks();
  await app.close();
  return looks.reduce((sum, it) => sum + it, 0);
}
