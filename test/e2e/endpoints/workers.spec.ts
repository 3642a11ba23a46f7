import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ObservabilityModule, ObservabilityService } from '../../../lib/index.js';
import { freePort } from '../../system/free-port.js';

interface Closing {
  close(): Promise<void>;
}

let running: Closing | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await running?.close();
});

const host = '127.0.0.1';

const starts = {
  createApplicationContext: (module: object) =>
    NestFactory.createApplicationContext(module as never, { logger: false }),
  createMicroservice: async (module: object) => {
    const options = { host, port: await freePort() };
    const app = await NestFactory.createMicroservice(module, {
      transport: Transport.TCP,
      options,
      logger: false,
    });
    await app.listen();
    return app;
  },
};

describe.each(Object.entries(starts))('a worker of %s', (_name, start) => {
  it('A worker serves metrics and health on the ports that the options name', async () => {
    const own = { port: 0, host };
    @Module({ imports: [ObservabilityModule.forRoot({ prometheus: own, health: own })] })
    class WorkerModule {}
    const log = vi.spyOn(Logger.prototype, 'log').mockReturnValue();
    const app = await start(WorkerModule);
    running = app;
    const { endpoints } = app.get(ObservabilityService).diagnose();
    const statuses = await Promise.all(
      endpoints.map(async ({ path, port }) => {
        const response = await fetch(`http://${host}:${port}${path}`);
        await response.text();
        return [path, response.status];
      }),
    );
    expect(Object.fromEntries(statuses)).toMatchObject({
      '/metrics': 200,
      '/health': 200,
      '/health/live': 200,
      '/health/ready': 200,
      '/ready': 200,
    });
    const lines = log.mock.calls.map(([text]) => String(text));
    const line = lines.find((it) => it.startsWith('observing '));
    expect(line).toMatch(/GET :\d+\/metrics :\d+\/health :/);
    expect(line).not.toMatch(/:\d+\/(?:live|ready)\b/);
    expect(line).not.toContain('No ');
  });

  it('A worker without ports says once how to serve metrics and health', async () => {
    @Module({ imports: [ObservabilityModule.forRoot()] })
    class WorkerModule {}
    const log = vi.spyOn(Logger.prototype, 'log').mockReturnValue();
    running = await start(WorkerModule);
    const lines = log.mock.calls.map(([text]) => String(text));
    const remedy = 'No HTTP server: set prometheus.port and health.port';
    expect(lines.filter((it) => it.includes(remedy))).toHaveLength(1);
  });
});
