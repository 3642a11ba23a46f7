import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { systemProgram } from '../../system/system-program.js';

const FOLDER = new URL('../../../deploy/alertmanager/', import.meta.url);
const LIMIT_MS = 20_000;
const alertmanager = systemProgram('prometheus-alertmanager');

/** What a receiver was sent. */
interface Request {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** The shipped Alertmanager configuration, with receivers on this machine. */
class Notifications {
  readonly requests: Request[] = [];
  readonly mails: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'notifications-'));
  readonly #http = createServer(async (request, response) => {
    const { url: path = '', headers } = request;
    this.requests.push({ path, authorization: headers.authorization, body: await text(request) });
    response.end('ok');
  });
  readonly #smtp = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, _session, done) => {
      stream.once('end', () => done());
      void this.#receive(stream);
    },
  });
  #program: ChildProcess | undefined;
  #url = '';

  async start(program: string): Promise<void> {
    this.#http.listen(0, '127.0.0.1');
    this.#smtp.listen(0, '127.0.0.1');
    await Promise.all([once(this.#http, 'listening'), once(this.#smtp.server, 'listening')]);
    const port = await freePort();
    this.#url = `http://127.0.0.1:${port}/api/v2/alerts`;
    const file = join(this.#folder, 'alertmanager.yml');
    writeFileSync(file, this.#configuration());
    this.#program = spawn(program, [
      `--config.file=${file}`,
      `--storage.path=${join(this.#folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ]);
    const isUp = () =>
      fetch(this.#url).then(
        (it) => it.ok || undefined,
        () => undefined,
      );
    await poll(isUp, { what: 'Alertmanager', timeoutMs: LIMIT_MS });
  }

  /** Posts alerts as Prometheus does. */
  async fire(alerts: readonly object[]): Promise<void> {
    const body = JSON.stringify(alerts);
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(this.#url, { method: 'POST', headers, body })).status).toBe(200);
  }

  /** Names of the alerts that others inhibit. */
  async inhibited(): Promise<string[]> {
    const alerts = (await (await fetch(this.#url)).json()) as readonly {
      readonly labels: { readonly alertname: string; readonly instance?: string };
      readonly status: { readonly inhibitedBy: readonly string[] };
    }[];
    const found = alerts.filter(({ status }) => status.inhibitedBy.length > 0);
    return found
      .map(({ labels }) => `${labels.alertname} ${labels.instance ?? ''}`.trim())
      .toSorted();
  }

  async stop(): Promise<void> {
    const ended = this.#program && once(this.#program, 'exit');
    this.#program?.kill('SIGTERM');
    await ended;
    this.#http.close();
    await new Promise<void>((resolve) => this.#smtp.close(() => resolve()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #receive(mail: Readable): Promise<void> {
    this.mails.push(await text(mail));
  }

  /** Replaces addresses, secrets and waits; everything else is as it is shipped. */
  #configuration(): string {
    const http = `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
    const smtp = `127.0.0.1:${(this.#smtp.server.address() as AddressInfo).port}`;
    const secret = (name: string, value: string) => {
      writeFileSync(join(this.#folder, name), value);
      return join(this.#folder, name);
    };
    const shipped = readFileSync(new URL('alertmanager.yml', FOLDER), 'utf8')
      .replaceAll(/https:\/\/[a-z]+\.example\.org/g, http)
      .replaceAll(/group_wait: \w+/g, 'group_wait: 100ms')
      .replaceAll('/etc/alertmanager/secrets/smtp-password', secret('smtp', 'x'))
      .replaceAll('/etc/alertmanager/secrets/slack-webhook-url', secret('slack', `${http}/slack`))
      .replaceAll('/etc/alertmanager/secrets/pagerduty-routing-key', secret('pagerduty', 'key'))
      .replaceAll('/etc/alertmanager/secrets/webhook-token', secret('webhook', 'w-token'))
      .replaceAll('/etc/alertmanager/secrets/watchdog-token', secret('watchdog', 'd-token'));
    const { global, ...document } = parse(shipped) as { global: Record<string, unknown> };
    const { smtp_auth_username: _user, smtp_auth_password_file: _password, ...kept } = global;
    const local = {
      smtp_smarthost: smtp,
      smtp_require_tls: false,
      pagerduty_url: `${http}/pagerduty`,
    };
    const templates = [new URL('eventcore.tmpl', FOLDER).pathname];
    return stringify({ ...document, templates, global: { ...kept, ...local } });
  }
}

const startsAt = '2026-01-01T02:59:30Z';
const alert = (alertname: string, severity: string, labels: Record<string, string> = {}) => ({
  labels: { alertname, severity, job: 'shop', ...labels },
  annotations: {
    summary: `${alertname} on shop`,
    description: 'The 95th percentile is 4.2 s; the limit is 1 s.',
    runbook_url: `https://runbooks.example/${alertname}`,
  },
  startsAt,
  generatorURL: 'http://prometheus/graph?g0.expr=up',
});

// Needs Debian's prometheus-alertmanager.
describe.skipIf(alertmanager === undefined)('the shipped notifications', () => {
  const notifications = new Notifications();

  beforeAll(() => notifications.start(alertmanager as string));
  afterAll(() => notifications.stop());

  const sentTo = async (path: string) => {
    const found = async () => notifications.requests.find((it) => it.path.startsWith(path));
    return poll(found, { what: `a notification to ${path}`, timeoutMs: LIMIT_MS });
  };

  it('Say what is wrong, since when and where to look, to each receiver in its form', async () => {
    await notifications.fire([
      alert('ProjectionStalled', 'critical', { projection_name: 'orders' }),
      alert('HttpLatencyHigh', 'warning', { endpoint: '/orders' }),
      alert('SeriesFolded', 'info'),
      alert('Watchdog', 'none'),
    ]);
    const lines = [
      'on shop',
      'The 95th percentile is 4.2 s; the limit is 1 s.',
      'Runbook: https://runbooks.example/',
      'Since 2026-01-01 02:59:30 UTC',
      'Query: http://prometheus/graph?g0.expr=up',
    ];
    const pagerDuty = JSON.parse((await sentTo('/pagerduty')).body) as {
      payload: { severity: string; summary: string; custom_details: { text: string } };
    };
    expect(pagerDuty.payload.severity).toBe('critical');
    expect(pagerDuty.payload.summary).toBe('[FIRING critical] ProjectionStalled on shop');
    for (const it of lines) expect(pagerDuty.payload.custom_details.text).toContain(it);
    const slack = JSON.parse((await sentTo('/slack')).body) as {
      attachments: { title: string; text: string }[];
    };
    expect(slack.attachments[0]?.title).toBe('[FIRING warning] HttpLatencyHigh on shop');
    for (const it of lines) expect(slack.attachments[0]?.text).toContain(it);
    expect((await sentTo('/alerts')).authorization).toBe('Bearer w-token');
    expect((await sentTo('/eventcore')).authorization).toBe('Bearer d-token');
    const mail = await poll(async () => notifications.mails[0], {
      what: 'a mail',
      timeoutMs: LIMIT_MS,
    });
    const [head = '', ...body] = mail.replaceAll('=\r\n', '').split('\r\n\r\n');
    expect(head).toContain('Subject: [FIRING critical] ProjectionStalled on shop');
    for (const it of lines) expect(body.join('\n').replaceAll('=3D', '=')).toContain(it);
  });

  it('Leave out what follows from an alert that fires already', async () => {
    await notifications.fire([
      alert('ApplicationDown', 'critical', { instance: 'a' }),
      alert('EventLoopSaturated', 'critical', { instance: 'a' }),
      alert('GcPauseHigh', 'warning', { instance: 'b' }),
      alert('ProjectionHeadUnreadable', 'critical', { projection_name: 'stock' }),
      alert('ProjectionLagUnknown', 'warning', { projection_name: 'stock' }),
      alert('ProjectionLagHigh', 'warning', { projection_name: 'mails' }),
      alert('CircuitBreakerOpen', 'critical', { breaker: 'mail' }),
      alert('CircuitBreakerFlapping', 'warning', { breaker: 'mail' }),
    ]);
    const inhibited = async () => {
      const names = await notifications.inhibited();
      return names.length >= 3 ? names : undefined;
    };
    expect(await poll(inhibited, { what: 'inhibited alerts', timeoutMs: LIMIT_MS })).toEqual([
      'CircuitBreakerFlapping',
      'EventLoopSaturated a',
      'ProjectionLagUnknown',
    ]);
  });
});
