import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigurationError, ObservabilityModule } from '../../../lib/index.js';
import { platforms, RunningApplication } from '../module/running-application.js';
import { runCommand } from '../../unit/cli/run-command.js';

type Options = NonNullable<Parameters<typeof ObservabilityModule.forRoot>[0]>;

@Injectable()
class TokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<IncomingMessage>();
    return headers.authorization === 'Bearer t0ken';
  }
}

const closing: RunningApplication[] = [];

afterEach(async () => {
  for (const it of closing.splice(0)) await it.close();
});

async function start(
  options: Options,
  platform: (typeof platforms)[number] = 'express',
): Promise<RunningApplication> {
  const application = await RunningApplication.start({
    platform,
    imports: [ObservabilityModule.forRoot(options)],
  });
  closing.push(application);
  return application;
}

describe('the diagnosis endpoint', () => {
  it('The diagnosis endpoint does not exist without the option', async () => {
    const application = await start({});
    expect((await application.get('/diagnosis')).status).toBe(404);
  });

  it.each(platforms)('The diagnosis endpoint answers diagnose() on %s', async (platform) => {
    const application = await start({ diagnosis: {} }, platform);
    const { status, text, contentType } = await application.get('/diagnosis');
    expect({ status, contentType }).toMatchObject({
      status: 200,
      contentType: expect.stringContaining('application/json'),
    });
    expect(JSON.parse(text)).toMatchObject({
      enabled: true,
      endpoints: expect.arrayContaining([
        { purpose: 'diagnosis', path: '/diagnosis', answeredBy: 'library' },
      ]),
    });
    const named = await application.get('/diagnosis?name=eventcore_uptime_seconds');
    expect(JSON.parse(named.text)).toMatchObject({ kind: 'metric', appears: true });
  });

  it.each([
    ['forwarded by a proxy', { 'x-forwarded-for': '203.0.113.9' }],
    ['forwarded by a proxy of the standard', { forwarded: 'for=203.0.113.9' }],
  ])('The diagnosis endpoint refuses a request that was %s', async (_how, headers) => {
    const application = await start({ diagnosis: {} });
    const { status, text } = await application.get('/diagnosis', { headers });
    expect({ status, text }).toEqual({ status: 403, text: expect.not.stringContaining('series') });
  });

  it('The diagnosis endpoint refuses another machine, and says how to allow it', async () => {
    const own = Object.values(networkInterfaces())
      .flat()
      .find((it) => it?.family === 'IPv4' && !it.internal)?.address;
    const application = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot({ diagnosis: {} })],
      host: '0.0.0.0',
    });
    closing.push(application);
    const { port } = new URL(application.url);
    // A machine without a network has no address that is another one.
    const answer = await fetch(`http://${own ?? 'localhost.localdomain'}:${port}/diagnosis`);
    expect({ status: answer.status, text: await answer.text() }).toEqual({
      status: 403,
      text: expect.stringContaining('diagnosis.guards'),
    });
  });

  it('The diagnosis endpoint with guards answers those that they accept, from everywhere', async () => {
    const application = await start({ diagnosis: { path: '/why', guards: [TokenGuard] } });
    expect((await application.get('/why')).status).toBe(403);
    const headers = { authorization: 'Bearer t0ken', 'x-forwarded-for': '203.0.113.9' };
    expect((await application.get('/why', { headers })).status).toBe(200);
    const env = { OBSERVABILITY_AUTHORIZATION: 'Bearer t0ken' };
    const argv = ['why', 'eventcore_uptime_seconds', '--url', `${application.url}/why`];
    expect(await runCommand(argv, { env, fetch })).toMatchObject({ code: 0, err: '' });
    expect((await runCommand(argv, { fetch })).err).toContain('answered 403. Run the command on');
  });

  it('The diagnosis endpoint is on the separate port of the metrics, and not in the application', async () => {
    const application = await start({ diagnosis: {}, prometheus: { port: 0, host: '127.0.0.1' } });
    expect((await application.get('/diagnosis')).status).toBe(404);
    const url = application.metricsUrl;
    const argv = ['why', 'eventcore_uptime_secnds', '--url', url];
    const { code, out } = await runCommand(argv, { fetch });
    expect({ code, lines: out.split('\n') }).toEqual({
      code: 1,
      lines: [
        'eventcore_uptime_secnds unknown, does not appear',
        'No metric, span or handler of this application has that name.',
        expect.stringMatching(/^Did you mean eventcore_uptime_seconds/),
        '',
      ],
    });
  });

  it('The diagnosis endpoint answers an application that records nothing', async () => {
    const application = await start({ diagnosis: {}, enabled: false });
    const { text } = await application.get('/diagnosis');
    expect(JSON.parse(text)).toMatchObject({ enabled: false });
  });

  it.each<Options>([
    { diagnosis: { path: '/metrics' } },
    { diagnosis: { path: '/health' } },
    { diagnosis: { path: '/metrics' }, prometheus: { port: 0 } },
  ])('The diagnosis endpoint has a path of its own: %j', (options) => {
    expect(() => ObservabilityModule.forRoot(options)).toThrow(ConfigurationError);
  });
});
