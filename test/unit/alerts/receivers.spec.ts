import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  alertmanager,
  type AlertNotification,
  type AlertReceiver,
  email,
  heartbeat,
  NotificationError,
  pagerDuty,
  slack,
  webhook,
} from '../../../lib/alerting/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let base = '';
let requests: Request[] = [];
let answer: (request: Request) => { status: number; headers?: Record<string, string> } = () => ({
  status: 200,
});

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (it: Buffer) => chunks.push(it));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const got = { method: request.method!, path: request.url!, headers: request.headers, body };
      requests.push(got);
      const { status, headers } = answer(got);
      response.writeHead(status, headers).end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  requests = [];
  answer = () => ({ status: 200 });
});

afterAll(() => server.close());

const startsAtMs = Date.UTC(2026, 0, 1);
const labels = { alertname: 'Slow', severity: 'warning', job: 'shop', path: '<!channel>&' };
const annotations = {
  summary: 'Shop is slow',
  value: '1.5',
  runbook_url: 'https://shop.example/r/Slow',
};
const notification: AlertNotification = {
  receiver: 'test',
  status: 'firing',
  groupKey: 'test/0/{}:{alertname="Slow"}',
  groupLabels: { alertname: 'Slow' },
  commonLabels: labels,
  commonAnnotations: annotations,
  alerts: [
    {
      status: 'firing',
      name: 'Slow',
      severity: 'warning',
      labels,
      annotations,
      startsAtMs,
      value: 1.5,
      fingerprint: '0123456789abcdef',
      generatorUrl: '',
    },
  ],
  truncatedAlerts: 0,
  externalUrl: 'https://shop.example/live',
};
const resolved: AlertNotification = {
  ...notification,
  status: 'resolved',
  alerts: notification.alerts.map((it) => ({
    ...it,
    status: 'resolved',
    endsAtMs: startsAtMs + 60_000,
  })),
};
const long = (text: string): AlertNotification => ({
  ...notification,
  commonAnnotations: { summary: text },
  alerts: Array.from({ length: 400 }, (_, i) => ({
    ...notification.alerts[0]!,
    labels: { ...labels, i: String(i), text },
    annotations: { summary: text, description: text },
  })),
});

async function send(receiver: AlertReceiver, it = notification): Promise<void> {
  const open = await receiver.open({
    clock: new ManualClock(startsAtMs),
    serviceName: 'shop',
    report: (error) => {
      throw error;
    },
  });
  await open.send(it, AbortSignal.timeout(5_000));
  await open.close?.();
}

const failureOf = (sending: Promise<void>) =>
  sending.then(
    () => undefined,
    (error: unknown) => error as NotificationError,
  );
const bodyOf = <T>(i = 0) => JSON.parse(requests[i]!.body) as T;

describe('webhook()', () => {
  it('The body is that of a webhook of Alertmanager, version 4', async () => {
    await send(
      webhook({ url: `${base}/hook?key=secret`, token: 'abc', headers: { 'X-Team': 'a' } }),
    );
    expect(requests[0]).toMatchObject({
      method: 'POST',
      path: '/hook?key=secret',
      headers: { authorization: 'Bearer abc', 'x-team': 'a', 'content-type': 'application/json' },
    });
    expect(bodyOf()).toEqual({
      version: '4',
      receiver: 'test',
      status: 'firing',
      groupKey: notification.groupKey,
      truncatedAlerts: 0,
      groupLabels: { alertname: 'Slow' },
      commonLabels: labels,
      commonAnnotations: annotations,
      externalURL: 'https://shop.example/live',
      alerts: [
        {
          status: 'firing',
          labels,
          annotations,
          startsAt: '2026-01-01T00:00:00.000Z',
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: '',
          fingerprint: '0123456789abcdef',
        },
      ],
    });
  });

  it('The address comes from a file, which is read for each notification', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hook-'));
    const urlFile = join(folder, 'url');
    try {
      const receiver = webhook({ urlFile });
      const missing = await failureOf(send(receiver));
      expect(missing?.message).toContain('ENOENT');
      expect(missing?.message).not.toContain(folder);
      writeFileSync(urlFile, `${base}/one\n`);
      await send(receiver);
      writeFileSync(urlFile, `${base}/two\n`);
      await send(receiver);
      expect(requests.map(({ path }) => path)).toEqual(['/one', '/two']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    [500, {}, false, undefined],
    [503, { 'retry-after': '7' }, false, 7_000],
    [429, { 'retry-after': '2' }, false, 2_000],
    [400, {}, true, undefined],
    [404, {}, true, undefined],
    [302, { location: 'http://elsewhere.example/' }, true, undefined],
  ] as const)(
    'The answer %d %j is an error, final: %s, to wait for: %s',
    async (status, headers, isFinal, retryAfterMs) => {
      answer = () => ({ status, headers: { ...headers } });
      const error = await failureOf(send(webhook({ url: `${base}/services/T0/secret` })));
      expect(error).toBeInstanceOf(NotificationError);
      expect(error).toMatchObject({ isFinal, retryAfterMs, code: String(status) });
      expect(JSON.stringify(error) + String(error?.stack)).not.toContain('secret');
    },
  );

  it('A target that cannot be reached is worth another attempt, and its address is not shown', async () => {
    const error = await failureOf(send(webhook({ url: 'http://user:secret@127.0.0.1:1/secret' })));
    expect(error).toMatchObject({ isFinal: false });
    expect(String(error?.stack) + JSON.stringify(error)).not.toContain('secret');
  });
});

/** Rejects what Slack rejects. */
function strictSlack({ body }: Request) {
  const message = JSON.parse(body) as {
    attachments?: { title: string; text: string; color: string; fallback: string }[];
  };
  const [attachment] = message.attachments ?? [];
  const runes = (text: string) => [...text].length;
  const isValid =
    attachment !== undefined &&
    runes(attachment.title) <= 1_024 &&
    runes(attachment.text) <= 8_000 &&
    attachment.fallback !== '' &&
    /^(?:good|warning|danger|#[0-9a-f]{6})$/.test(attachment.color) &&
    !/<|>|&(?!amp;|lt;|gt;)/.test(attachment.title + attachment.text);
  return { status: isValid ? 200 : 400 };
}

describe('slack()', () => {
  it('A message has a title, a text that explains the alert, and no mention by a label', async () => {
    answer = strictSlack;
    await send(slack({ webhook: `${base}/services/T0/B0/x`, channel: '#alerts' }));
    const { channel, attachments } = bodyOf<{
      channel: string;
      attachments: Record<string, string>[];
    }>();
    expect(channel).toBe('#alerts');
    expect(attachments[0]).toMatchObject({
      title: '[FIRING warning] Shop is slow',
      title_link: 'https://shop.example/r/Slow',
      color: 'warning',
    });
    expect(attachments[0]?.['text']).toContain('Value: 1.5');
    expect(attachments[0]?.['text']).toContain('path=&lt;!channel&gt;&amp;');
    expect(attachments[0]?.['text']).toContain('Runbook: https://shop.example/r/Slow');
    await send(slack({ webhook: base }), resolved);
    expect(bodyOf<{ attachments: object[] }>(1).attachments[0]).toMatchObject({
      title: '[RESOLVED] Shop is slow',
      color: 'good',
    });
  });

  it.each(['x', '<', '&', '😀'])(
    'A notification of texts of the character %s is within the limits',
    async (character) => {
      answer = strictSlack;
      await send(slack({ webhook: base }), long(character.repeat(20_000)));
      expect(requests).toHaveLength(1);
    },
  );
});

/** Rejects what PagerDuty rejects. */
function strictPagerDuty({ body }: Request) {
  if (Buffer.byteLength(body) > 512_000) return { status: 413 };
  const { routing_key, event_action, dedup_key, payload } = JSON.parse(body) as {
    routing_key?: string;
    event_action?: string;
    dedup_key?: string;
    payload?: { summary: string; source: string; severity: string; timestamp: string };
  };
  const isAddressed = Boolean(routing_key) && Boolean(dedup_key) && dedup_key!.length <= 255;
  const isEvent =
    event_action === 'resolve' ||
    (event_action === 'trigger' &&
      payload !== undefined &&
      payload.summary !== '' &&
      [...payload.summary].length <= 1_024 &&
      payload.source !== '' &&
      ['critical', 'error', 'warning', 'info'].includes(payload.severity) &&
      !Number.isNaN(Date.parse(payload.timestamp)));
  return { status: isAddressed && isEvent ? 202 : 400 };
}

describe('pagerDuty()', () => {
  const receiver = (more: object = {}) =>
    pagerDuty({ routingKey: 'key123', url: `${base}/v2/enqueue`, ...more });

  it('A group triggers one incident, and its end resolves the same one', async () => {
    answer = strictPagerDuty;
    await send(receiver());
    await send(receiver(), resolved);
    const [trigger, resolve] = [
      bodyOf<Record<string, unknown>>(0),
      bodyOf<Record<string, unknown>>(1),
    ];
    expect(trigger).toMatchObject({
      routing_key: 'key123',
      event_action: 'trigger',
      client: 'shop',
      payload: {
        summary: '[FIRING warning] Shop is slow',
        severity: 'warning',
        source: 'shop',
        class: 'Slow',
      },
      links: [{ href: 'https://shop.example/r/Slow', text: 'Runbook' }],
    });
    expect(resolve).toEqual({
      routing_key: 'key123',
      event_action: 'resolve',
      dedup_key: trigger['dedup_key'],
    });
    expect(trigger['dedup_key']).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['warning', { warning: 'info' }, 'info'],
    ['warning', undefined, 'warning'],
    ['page', { page: 'critical' }, 'critical'],
    ['page', undefined, 'error'],
  ])(
    'The severity %s with the mapping %j becomes %s',
    async (severity, severityMapping, expected) => {
      answer = strictPagerDuty;
      const alerts = notification.alerts.map((it) => ({ ...it, severity }));
      await send(receiver(severityMapping && { severityMapping }), { ...notification, alerts });
      expect(bodyOf()).toMatchObject({ payload: { severity: expected } });
    },
  );

  it.each(['x', '😀', '"'])(
    'A notification of texts of the character %s is within the limits',
    async (character) => {
      answer = strictPagerDuty;
      await send(receiver(), long(character.repeat(20_000)));
      expect(requests).toHaveLength(1);
    },
  );
});

describe('alertmanager() and heartbeat()', () => {
  it('Alerts are reported to Alertmanager with an end in the future, so that a dead process resolves them', async () => {
    await send(alertmanager({ url: `${base}/` }));
    expect(requests[0]?.path).toBe('/api/v2/alerts');
    expect(bodyOf()).toEqual([
      {
        labels,
        annotations,
        startsAt: '2026-01-01T00:00:00.000Z',
        endsAt: '2026-01-01T00:04:00.000Z',
      },
    ]);
  });

  it('A thousand alerts are reported to Alertmanager in requests of five hundred', async () => {
    const alerts = Array.from({ length: 1_001 }, () => notification.alerts[0]!);
    await send(alertmanager({ url: base }), { ...notification, alerts });
    expect(requests.map((_, i) => bodyOf<object[]>(i).length)).toEqual([500, 500, 1]);
  });

  it('A heartbeat calls its address without a body', async () => {
    await send(heartbeat({ url: `${base}/ping` }));
    expect(requests[0]).toMatchObject({ method: 'GET', path: '/ping', body: '' });
  });
});

describe('email()', () => {
  const messages: { from: string; to: string[]; data: string; user: string | undefined }[] = [];
  let refusal: (Error & { responseCode?: number }) | undefined;
  let smtp: SMTPServer;
  let port = 0;

  beforeAll(async () => {
    smtp = new SMTPServer({
      authOptional: true,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username, password }, _, done) =>
        password === 'secret' ? done(null, { user: username! }) : done(new Error('wrong')),
      onData: (stream, { envelope, user }, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (it: Buffer) => chunks.push(it));
        stream.on('end', () => {
          if (refusal === undefined)
            messages.push({
              from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
              to: envelope.rcptTo.map(({ address }) => address),
              data: Buffer.concat(chunks).toString(),
              user: user as string | undefined,
            });
          done(refusal);
        });
      },
    });
    smtp.on('error', () => undefined);
    await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
    port = (smtp.server.address() as AddressInfo).port;
  });

  afterAll(() => new Promise<void>((resolve) => smtp.close(() => resolve())));

  const receiver = (more: object = {}) =>
    email({
      to: ['a@shop.example', 'b@shop.example'],
      from: 'alerts@shop.example',
      smtp: { host: '127.0.0.1', port, ...more },
    });

  it('A mail server gets a message for all recipients, with subject, text and thread', async () => {
    const breaking = {
      ...notification,
      commonAnnotations: { summary: 'Slow\r\nBcc: victim@shop.example' },
    };
    await send(receiver({ user: 'alerts', password: 'secret' }), breaking);
    const [message] = messages;
    expect(message).toMatchObject({
      from: 'alerts@shop.example',
      to: ['a@shop.example', 'b@shop.example'],
      user: 'alerts',
    });
    expect(message?.data).toMatch(
      /^Subject: \[FIRING warning\] Slow Bcc: victim@shop\.example\r$/m,
    );
    expect(message?.data).toMatch(/^References: <[0-9a-f]{32}@alerts>\r$/m);
    expect(message?.data).toContain('Value: 1.5');
    expect(message?.data).not.toMatch(/^Bcc:/m);
  });

  it('A wrong password is final, a busy server is not, and neither shows the password', async () => {
    const wrong = await failureOf(send(receiver({ user: 'alerts', password: 'other-secret' })));
    expect(wrong).toMatchObject({ isFinal: true });
    expect(String(wrong?.stack) + JSON.stringify(wrong)).not.toContain('other-secret');
    refusal = Object.assign(new Error('busy'), { responseCode: 451 });
    expect(await failureOf(send(receiver()))).toMatchObject({ isFinal: false, code: '451' });
    refusal = Object.assign(new Error('no such user'), { responseCode: 550 });
    expect(await failureOf(send(receiver()))).toMatchObject({ isFinal: true, code: '550' });
    refusal = undefined;
  });

  it('A server without TLS is refused where it is not this machine', async () => {
    const error = await failureOf(send(receiver({ requireTls: true })));
    expect(error).toBeInstanceOf(NotificationError);
    expect(messages).toHaveLength(1);
  });
});

describe('options of receivers', () => {
  it.each([
    [() => webhook({}), /url .*or urlFile must be set/],
    [() => webhook({ url: 'ftp://x', urlFile: '/x' }), /url/],
    [() => slack({ webhook: 'nonsense secret' }), /webhook/],
    [
      () => pagerDuty({ routingKey: 'a', severityMapping: { a: 'page' as never } }),
      /severityMapping/,
    ],
    [() => email({ to: [], from: 'x' }), /to[^]*from/],
    [() => email({ to: ['a@b'], from: 'c@d', smtp: { host: 'x', user: 'y' } }), /user/],
    [() => heartbeat({ url: 'x' }), /url/],
    [() => alertmanager({ url: 'secret' }), /url/],
  ])('The options %s stop the start and hide secrets', (make, message) => {
    expect(make).toThrow(message);
    expect(make).not.toThrow(/nonsense secret|"secret"/);
  });
});
