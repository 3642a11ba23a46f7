import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import { history, MetricQueries } from '../../../lib/query/index.js';
import { promtool } from '../../contract/promtool.js';
import { poll } from '../../system/poll.js';
import { platforms, RunningApplication } from '../module/running-application.js';
import { runCommand } from '../../unit/cli/run-command.js';

const run = promisify(execFile);

@Injectable()
class Shop {
  @Command({ name: 'Place' })
  place(): void {}
}

class TokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['authorization'] === 'Bearer token';
  }
}

interface Answer {
  readonly status: string;
  readonly errorType?: string;
  readonly error?: string;
  readonly data?: unknown;
}

let application: RunningApplication;

const ask = async (path: string, init?: RequestInit) => {
  const response = await fetch(`${application.url}/prometheus/api/v1/${path}`, init);
  return { status: response.status, body: (await response.json()) as Answer };
};

const post = (path: string, form: Record<string, string>) =>
  ask(path, { method: 'POST', body: new URLSearchParams(form) });

async function start(platform: (typeof platforms)[number], api: object = {}): Promise<void> {
  const plugins = [history({ intervalMs: 1_000, api })];
  application = await RunningApplication.start({
    platform,
    imports: [ObservabilityModule.forRoot({ plugins, serviceName: 'shop' })],
    providers: [Shop],
  });
  for (let i = 0; i < 3; i++) application.app.get(Shop).place();
  const queries = application.app.get(MetricQueries);
  const recorded = async () => {
    const result = await queries.query('eventcore_commands_total == 3');
    return (result.type === 'vector' && result.samples.length > 0) || undefined;
  };
  await poll(recorded, { what: 'a recorded command', timeoutMs: 20_000 });
}

afterEach(async () => {
  vi.unstubAllEnvs();
  await application?.close();
});

describe.each(platforms)('the query API on %s', (platform) => {
  beforeEach(() => start(platform));

  it('The query API answers as Prometheus does, to GET and to forms', async () => {
    const query = 'sum by (command_type) (eventcore_commands_total)';
    const expected = {
      resultType: 'vector',
      result: [{ metric: { command_type: 'Place' }, value: [expect.any(Number), '3'] }],
    };
    for (const it of [
      await ask(`query?query=${encodeURIComponent(query)}`),
      await post('query', { query }),
    ])
      expect(it).toEqual({ status: 200, body: { status: 'success', data: expected } });

    const seconds = Math.floor(Date.now() / 1_000);
    const range = await post('query_range', {
      query: '1 / 0',
      start: String(seconds - 10),
      end: new Date(seconds * 1_000).toISOString(),
      step: '5s',
    });
    expect(range.body.data).toEqual({
      resultType: 'matrix',
      result: [{ metric: {}, values: [-10, -5, 0].map((it) => [seconds + it, '+Inf']) }],
    });
  });

  it('The query API lists series, labels, values and metadata', async () => {
    const match = encodeURIComponent('eventcore_commands_total');
    expect((await ask(`series?match[]=${match}`)).body.data).toEqual([
      { __name__: 'eventcore_commands_total', command_type: 'Place', service: 'shop' },
    ]);
    expect(
      (await post('series', { 'match[]': 'eventcore_commands_total' })).body.data,
    ).toHaveLength(1);
    const labels = (await ask(`labels?match[]=${match}`)).body.data;
    expect(labels).toEqual(['__name__', 'command_type', 'service']);
    expect((await ask('label/command_type/values')).body.data).toEqual(['Place']);
    expect((await ask('label/__name__/values?limit=1')).body.data).toHaveLength(1);
    expect((await ask('metadata?metric=eventcore_commands_total')).body.data).toEqual({
      eventcore_commands_total: [
        { type: 'counter', help: 'Finished commands, with any outcome.', unit: '' },
      ],
    });
    expect((await ask('status/buildinfo')).body.data).toMatchObject({ version: '3.0.0' });
    expect((await ask('rules')).body.data).toEqual({ groups: [] });
  });

  it('The query API answers 400 to what it cannot read, and 422 to what cannot be evaluated', async () => {
    const wrong = await ask('query?query=sum(');
    expect(wrong.status).toBe(400);
    expect(wrong.body).toMatchObject({ status: 'error', errorType: 'bad_data' });
    expect((await ask('query?query=up&time=yesterday')).body.error).toBe(
      'invalid parameter "time": cannot parse "yesterday" to a valid timestamp',
    );
    expect((await ask('query_range?query=up&start=1&end=2')).status).toBe(400);
    expect((await ask('series')).body.error).toBe('no match[] parameter provided');
    const twice = encodeURIComponent('label_replace({__name__=~".+"}, "__name__", "x", "", "")');
    const failed = await ask(`query?query=${twice}`);
    expect({ status: failed.status, type: failed.body.errorType }).toEqual({
      status: 422,
      type: 'execution',
    });
  });
});

describe('the query API', () => {
  // Needs Debian's prometheus.
  it.skipIf(promtool === undefined)('Promtool and the command line can ask a service', async () => {
    await start('express');
    const query = 'eventcore_commands_total';
    const { stdout } = await run('promtool', [
      'query',
      'instant',
      `${application.url}/prometheus`,
      query,
    ]);
    expect(stdout).toMatch(
      /^eventcore_commands_total\{command_type="Place", service="shop"\} => 3 @\[/,
    );
    const asked = await runCommand(['query', query, '--url', application.url], { fetch });
    expect(asked).toMatchObject({ code: 0, err: '' });
    expect(asked.out).toMatch(
      /^eventcore_commands_total\{command_type="Place", service="shop"\} => 3 @\[/,
    );
    const wrong = await runCommand(['query', 'sum(', '--url', application.url], { fetch });
    expect(wrong.code).toBe(2);
  });

  it('The query API is closed to those whom its guards refuse', async () => {
    await start('express', { guards: [TokenGuard] });
    expect((await ask('query?query=up')).status).toBe(403);
    const headers = { authorization: 'Bearer token' };
    expect((await ask('query?query=up', { headers })).status).toBe(200);
  });

  it('The query API without a guard stops the start in production', () => {
    vi.stubEnv('NODE_ENV', 'production');
    expect(() => history({ api: {} })).toThrow(/api\.guards.*must name a guard in production/);
    expect(() => history({ api: { guards: [TokenGuard] } })).not.toThrow();
  });
});
