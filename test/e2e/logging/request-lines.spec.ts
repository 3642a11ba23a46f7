import { request as httpRequest, Agent } from 'node:http';
import { Controller, Get, Inject, Injectable, Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import { logging, type LoggingOptions, ObservabilityLogger } from '../../../lib/logging/index.js';
import { platforms, RunningApplication } from '../module/running-application.js';
import { linesOf, textSink } from './json-lines.js';

@Injectable()
class Shop {
  @Command('PlaceOrder')
  async place(_command: { correlationId?: string }): Promise<void> {
    await Promise.resolve();
  }
}

@Controller()
class Orders {
  constructor(
    @Inject(Shop) private readonly shop: Shop,
    @Inject(ObservabilityLogger) private readonly logger: ObservabilityLogger,
  ) {}

  @Get('orders')
  async place(): Promise<string> {
    await this.shop.place({});
    this.logger.named('orders').info('Answered');
    return 'ok';
  }

  @Get('own')
  async own(): Promise<string> {
    await this.shop.place({ correlationId: 'of-command' });
    return 'ok';
  }
}

let application: RunningApplication | undefined;

afterEach(async () => {
  await application?.close();
  application = undefined;
  Logger.overrideLogger(new Logger());
});

async function start(
  options: LoggingOptions = {},
  { platform = 'express', ...more }: { platform?: (typeof platforms)[number]; http?: false } = {},
) {
  const lines: string[] = [];
  const plugins = [logging({ context: true, sinks: [textSink(lines)], ...options })];
  application = await RunningApplication.start({
    platform,
    imports: [ObservabilityModule.forRoot({ plugins, ...more })],
    controllers: [Orders],
    providers: [Shop],
  });
  const id = async (headers: Record<string, string>, path = '/orders') => {
    lines.length = 0;
    await application!.get(path, { headers });
    const [line] = linesOf(lines, 'eventcore::command');
    return line?.fields['correlation_id'];
  };
  return { id, lines, url: application.url };
}

/** Sends requests one after the other over one connection. */
async function overOneConnection(url: string, requests: readonly Record<string, string>[]) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (const headers of requests) {
    await new Promise<void>((done, failed) => {
      const sent = httpRequest(url, { agent, headers }, (response) => {
        response.resume().on('end', done);
      });
      sent.on('error', failed).end();
    });
  }
  agent.destroy();
}

describe('the correlation id of a request', () => {
  it.each(platforms)(
    'On %s it is on the lines of the handlers and of the application, without OpenTelemetry and without HTTP metrics',
    async (platform) => {
      const { id, lines } = await start({}, { platform, http: false });
      expect(await id({ 'x-correlation-id': 'k-1' })).toBe('k-1');
      expect(linesOf(lines, 'orders')[0]?.span).toEqual({ correlation_id: 'k-1' });
      expect(await id({ 'X-Request-Id': 'r-1' })).toBe('r-1');
      expect(await id({ 'x-request-id': 'r-1', 'x-correlation-id': 'k-1' })).toBe('k-1');
      expect(await id({ 'x-correlation-id': 'k-1' }, '/own')).toBe('of-command');
    },
  );

  it.each([
    ['a space', 'a b'],
    ['nothing', ''],
    ['more than 256 characters', 'x'.repeat(257)],
    ['characters beyond ASCII', 'caf\u00e9'],
    ['a tab', 'a\tb'],
    ['a secret', 'password=hunter2hunter2'],
    ['a token', `ghp_${'a1B2'.repeat(9)}`],
  ])('A header with %s gives no id, and the next header counts', async (_what, value) => {
    const { id } = await start();
    expect(await id({ 'x-correlation-id': value })).toBeUndefined();
    expect(await id({ 'x-correlation-id': value, 'x-request-id': 'r-1' })).toBe('r-1');
    expect(await id({ 'x-correlation-id': 'x'.repeat(256) })).toBe('x'.repeat(256));
  });

  it('A request without the header has no id of the request before it on its connection', async () => {
    const { lines, url } = await start();
    await overOneConnection(`${url}/orders`, [{ 'x-correlation-id': 'k-1' }, {}, {}]);
    const ids = linesOf(lines, 'eventcore::command').map(({ fields }) => fields['correlation_id']);
    expect(ids).toEqual(['k-1', undefined, undefined]);
  });

  it('The option names other headers or none, and without a context no header is read', async () => {
    const own = await start({ correlationHeaders: ['X-Tenant-Request'] });
    expect(await own.id({ 'x-tenant-request': 't-1', 'x-correlation-id': 'k-1' })).toBe('t-1');
    await application?.close();
    for (const options of [{ correlationHeaders: false }, { context: false }] as const) {
      const none = await start(options);
      expect(await none.id({ 'x-correlation-id': 'k-1' })).toBeUndefined();
      await application?.close();
    }
  });
});
