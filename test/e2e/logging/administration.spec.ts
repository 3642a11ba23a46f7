import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import {
  createNestLogger,
  logging,
  type LoggingOptions,
  type LogSink,
  ObservabilityLogger,
} from '../../../lib/logging/index.js';
import { recordingSink } from '../../../lib/testing/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { platforms, RunningApplication } from '../module/running-application.js';
import { type Line, textSink } from './json-lines.js';

class AdminGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['x-admin'] === 'yes';
  }
}

@Injectable()
class Shop {
  constructor(@Inject(ObservabilityLogger) private readonly logger: ObservabilityLogger) {}

  sell(): void {
    this.logger.debug('Sold');
  }
}

let application: RunningApplication | undefined;

afterEach(async () => {
  await application?.close();
  application = undefined;
});

async function start(options: LoggingOptions, platform: (typeof platforms)[number] = 'express') {
  application = await RunningApplication.start({
    platform,
    imports: [
      ObservabilityModule.forRoot({ serviceName: 'shop', health: {}, plugins: [logging(options)] }),
    ],
    providers: [Shop],
  });
  return application;
}

const put = (body: object, admin = 'yes') => ({
  method: 'PUT',
  headers: { 'content-type': 'application/json', 'x-admin': admin },
  body: JSON.stringify(body),
});

/** A sink that gives each line up. */
const losing = (name: string): LogSink => ({
  name,
  open: (host) => ({
    write: () => host.dropped('overflow', 1),
    flush: async () => {},
    close: async () => {},
    bufferedBytes: 7,
  }),
});

describe('the endpoint for levels', () => {
  it.each(platforms)(
    'On %s a guarded request changes the levels, which revert by themselves',
    async (platform) => {
      const sink = recordingSink();
      const levelEndpoint = { guards: [AdminGuard] };
      const { app, ...running } = await start(
        { level: 'info', levelEndpoint, sinks: [sink] },
        platform,
      );
      const send = (body: object, admin?: string) =>
        application!.get('/logging/level', put(body, admin));
      const sold = () => sink.lines.filter(({ message }) => message === 'Sold').length;
      expect(running.url).toContain('http');
      expect((await send({ level: 'debug' }, 'no')).status).toBe(403);
      expect((await send({ level: 'loud' })).status).toBe(400);
      expect((await send({ level: 'debug', forMs: 'long' })).status).toBe(400);
      expect((await send({})).status).toBe(400);
      app.get(Shop).sell();
      expect(sold()).toBe(0);
      expect((await send({ level: 'debug', forMs: 50 })).status).toBe(204);
      app.get(Shop).sell();
      expect(sold()).toBe(1);
      await expect.poll(() => app.get(ObservabilityLogger).isEnabled('debug')).toBe(false);
    },
  );

  it.each(platforms)('On %s it is served at the configured path only', async (platform) => {
    const levelEndpoint = { guards: [AdminGuard], path: 'internal/log-level' };
    const { app, ...running } = await start(
      { level: 'info', levelEndpoint, sinks: [recordingSink()] },
      platform,
    );
    const status = async (path: string) =>
      (await fetch(`${running.url}${path}`, put({ level: 'debug' }))).status;
    expect(await status('/logging/level')).toBe(404);
    expect(app.get(ObservabilityLogger).isEnabled('debug')).toBe(false);
    expect(await status('/internal/log-level')).toBe(204);
    expect(app.get(ObservabilityLogger).isEnabled('debug')).toBe(true);
  });

  it('Without the option it is not served, and without guards the start stops', async () => {
    await start({ sinks: [recordingSink()] });
    expect((await application!.get('/logging/level', put({ level: 'debug' }))).status).toBe(404);
    expect(() => logging({ levelEndpoint: { guards: [] } })).toThrow('levelEndpoint.guards');
  });
});

describe('sinks that give lines up', () => {
  it('The health check `logging` is degraded, and sinks of one name are counted apart', async () => {
    const sinks = [losing('own'), losing('own')];
    const { app } = await start({ level: 'debug', lines: { state: false }, sinks });
    const health = async () =>
      JSON.parse((await application!.get('/health')).text) as { details: Record<string, unknown> };
    expect((await health()).details['logging']).toMatchObject({ status: 'up' });
    app.get(Shop).sell();
    const metrics = (await application!.get('/metrics')).text;
    for (const sink of ['own', 'own_2']) {
      const labels = { reason: 'overflow', sink };
      expect(sampleOf(metrics, 'eventcore_log_lines_dropped_total', labels)).toBe(1);
    }
    await expect
      .poll(async () => (await health()).details['logging'], { timeout: 3_000 })
      .toMatchObject({
        status: 'degraded',
        dropping: 'own own_2',
        buffered_bytes: 14,
      });
  });
});

describe('the source of a line', () => {
  it('Lines of the application name the file, line and function of their caller on request', async () => {
    const lines: string[] = [];
    const { app } = await start({ level: 'debug', source: true, sinks: [textSink(lines)] });
    app.get(Shop).sell();
    const sold = lines
      .map((it) => JSON.parse(it) as Line)
      .find(({ message }) => message === 'Sold');
    expect(sold?.fields['source']).toEqual({
      file: 'test/e2e/logging/administration.spec.ts',
      line: 28,
      function: 'Shop.sell',
    });
  });

  it('The caller of a Nest logger is the application, and without the option nothing is added', async () => {
    const lines: string[] = [];
    const logger = createNestLogger({ source: true, sinks: [textSink(lines)] });
    const plain = createNestLogger({ sinks: [textSink(lines)] });
    logger.warn('near', 'Orders');
    plain.warn('near', 'Orders');
    const [near, without] = lines.map((it) => (JSON.parse(it) as Line).fields['source']);
    expect(near).toMatchObject({ file: 'test/e2e/logging/administration.spec.ts' });
    expect(without).toBeUndefined();
    await logger.close();
    await plain.close();
  });
});
