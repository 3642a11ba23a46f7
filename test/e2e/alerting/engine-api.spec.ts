import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { type CanActivate, type ExecutionContext } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { alerting } from '../../../lib/alerting/index.js';
import { ObservabilityModule } from '../../../lib/index.js';
import { history } from '../../../lib/query/index.js';
import { promtool } from '../../contract/promtool.js';
import { freePort } from '../../system/free-port.js';
import { runCommand } from '../../unit/cli/run-command.js';
import { poll } from '../../system/poll.js';
import { systemProgram } from '../../system/system-program.js';
import { platforms, RunningApplication } from '../module/running-application.js';

const run = promisify(execFile);
const prometheus = systemProgram('prometheus');
const LIMIT_MS = 30_000;

const RULES = `groups:
  - name: shop
    interval: 1s
    limit: 10
    rules:
      - { record: 'shop:one', expr: 'vector(1)', labels: { team: a } }
      - alert: Fires
        expr: shop:one > 0
        labels: { severity: warning }
        annotations: { summary: 'The value of {{ $labels.team }} is {{ $value }}.' }
      - { alert: Waits, expr: 'vector(2.5)', for: 1h, keep_firing_for: 5m }
      - { alert: Quiet, expr: 'vector(0) > 1' }
      - { alert: Fails, expr: 'shop:one * on () (shop:one or vector(1))' }
`;

const AUTHORIZATION = `Basic ${Buffer.from('user:token').toString('base64')}`;

class TokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['authorization'] === AUTHORIZATION;
  }
}

const authorized = { headers: { authorization: AUTHORIZATION } };
const TIMES = ['activeAt', 'lastEvaluation', 'evaluationTime', 'lastError'];

/** What an API answers, without times, durations and the words of an error. */
async function answerOf(api: string, path: string): Promise<unknown> {
  const response = await fetch(`${api}/api/v1/${path}`, authorized);
  return JSON.parse(await response.text(), (key, value: unknown) => {
    if (TIMES.includes(key)) return typeof value;
    return key === 'file' ? basename(String(value)) : value;
  });
}

/** Waits until all rules have been evaluated. */
async function evaluated(api: string): Promise<void> {
  const isDone = async () => {
    const text = JSON.stringify(await answerOf(api, 'rules'));
    return (text.includes('"firing"') && text.includes('"err"')) || undefined;
  };
  await poll(isDone, { what: 'the rules', timeoutMs: LIMIT_MS });
}

const folder = mkdtempSync(join(tmpdir(), 'engine-api-'));
const ruleFile = join(folder, 'rules.yaml');
writeFileSync(ruleFile, RULES);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let application: RunningApplication;
afterEach(() => application?.close());

const api = () => `${application.url}/shop/prometheus`;

async function start(platform: (typeof platforms)[number]): Promise<void> {
  const plugins = [
    history({ intervalMs: 1_000, api: { guards: [TokenGuard] } }),
    alerting({ shipped: false, ruleFiles: [ruleFile], intervalMs: 1_000 }),
  ];
  application = await RunningApplication.start({
    platform,
    imports: [ObservabilityModule.forRoot({ plugins, serviceName: 'shop' })],
    configure: (app) => app.setGlobalPrefix('shop'),
  });
  await evaluated(api());
}

describe.each(platforms)('the alerts of the engine over HTTP on %s', (platform) => {
  it('Alerts and rules are answered below the prefix, to those whom the guards let through', async () => {
    await start(platform);
    for (const it of ['alerts', 'rules', 'rules?type=alert']) {
      const refused = await fetch(`${api()}/api/v1/${it}`);
      expect([it, refused.status]).toEqual([it, 403]);
    }
    expect(await answerOf(api(), 'alerts')).toMatchObject({
      status: 'success',
      data: {
        alerts: [
          {
            labels: { alertname: 'Fires', severity: 'warning', team: 'a' },
            annotations: { summary: 'The value of a is 1.' },
            state: 'firing',
            value: '1e+00',
          },
          { labels: { alertname: 'Waits' }, state: 'pending', value: '2.5e+00' },
        ],
      },
    });
    // A silence is made by the live page, the command line or code: this API changes nothing.
    const posted = await fetch(`${api()}/api/v1/silences`, { ...authorized, method: 'POST' });
    expect(posted.status).toBe(404);
  });

  it.skipIf(promtool === undefined)(
    'The series ALERTS of the application answers a query of promtool',
    async () => {
      await start(platform);
      const query = 'ALERTS{alertstate="firing"}';
      const asked = ['query', 'instant', api().replace('//', '//user:token@'), query];
      const { stdout } = await run(promtool as string, asked);
      expect(stdout).toMatch(
        /^ALERTS\{alertname="Fires", alertstate="firing", severity="warning", team="a"\} => 1 @/,
      );
    },
  );
});

// Needs Debian's prometheus.
describe.skipIf(prometheus === undefined)('the alerts of a Prometheus over HTTP', () => {
  let program: ChildProcess;
  let theirs: string;

  beforeAll(async () => {
    const port = await freePort();
    const config = join(folder, 'prometheus.yml');
    writeFileSync(config, `global: { evaluation_interval: 1s }\nrule_files: ['${ruleFile}']\n`);
    const options = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`];
    const address = `--web.listen-address=127.0.0.1:${port}`;
    program = spawn(prometheus as string, [...options, address], { stdio: 'ignore' });
    theirs = `http://127.0.0.1:${port}`;
    await evaluated(theirs);
  });
  afterAll(async () => {
    const ended = once(program, 'exit');
    program.kill('SIGTERM');
    await ended;
  });

  it('A Prometheus and the application answer the same about the same rule file, and the command alerts list shows it', async () => {
    await start('express');
    for (const it of ['alerts', 'rules', 'rules?type=alert', 'rules?type=record'])
      expect([it, await answerOf(api(), it)]).toEqual([it, await answerOf(theirs, it)]);
    const env = { OBSERVABILITY_AUTHORIZATION: AUTHORIZATION };
    const argv = ['alerts', 'list', '--url', api()];
    const { code, out, err } = await runCommand(argv, { fetch, env });
    expect([code, err]).toEqual([1, '']);
    const timeless = out.replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME');
    const ours = timeless.split('\n').map((it) => it.replaceAll(/ {2,}/g, ' | '));
    expect(ours.slice(0, 3)).toEqual([
      'STATE | SEVERITY | ALERT | SINCE | VALUE | LABELS',
      'firing | warning | Fires | TIME | 1 | {team="a"}',
      'pending | Waits | TIME | 2.5 | {}',
    ]);
    expect(ours[3]).toMatch(/^Fails cannot be evaluated: /);
  });
});
