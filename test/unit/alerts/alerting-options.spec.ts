import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../../lib/config/load-configuration.js';
import { alerting, type AlertingOptions, logReceiver } from '../../../lib/alerting/index.js';
import { Inbox, TrialEngine } from './trial-engine.js';

async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  run: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'alert-files-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const clusterDb = `
file_format: '1.0'
history: {}
alerts:
  rules:
    - name: high_latency
      query: http_request_duration_p99 > 1.0
      for: 5m
      severity: warning
      labels: { team: platform, service: api }
      annotations: { summary: High API latency detected, description: 'P99 latency is {{ $value }}' }
  receivers:
    - log
    - email: { name: team-email, to: [team@example.com], from: alerts@example.com }
    - slack: { name: team-slack, webhook: 'https://hooks.slack.com/services/T0/B0/top-secret', channel: '#alerts' }
    - pagerDuty: { name: oncall, routingKey: key123, severityMapping: { warning: warning, critical: critical } }
  routes:
    - { matchers: ['severity="critical"'], receivers: [oncall] }
    - { receivers: [team-slack, team-email] }
`;

describe('the options of alerting()', () => {
  it.each([
    [{ rules: [{ name: 'A', query: 'sum(' }] }, /alerting\(\)\.rules\[0\]\.query/],
    [{ rules: [{ name: 'A', query: 'a', for: '5 min' }] }, /rules\[0\]\.for/],
    [
      { rules: [{ name: 'A', query: 'a', annotations: { x: '{{ query "sum(" }}' } }] },
      /rules\[0\]\.annotations\.x/,
    ],
    [{ rules: [{ name: 'A', query: 'a', colour: 1 }] }, /rules\[0\]\.colour/],
    [{ shipped: { parameters: { 'ProjectionLagHigh.second': 1 } } }, /ProjectionLagHigh\.seconds/],
    [{ receivers: [logReceiver(), logReceiver()] }, /receivers\[1\]\.name[^]*unique/],
    [{ receivers: [{}] }, /receivers\[0\]/],
    [{ routes: [{ receivers: ['slack'] }] }, /routes\[0\]\.receivers\[0\][^]*Known are: none/],
    [
      { receivers: [logReceiver()], routes: [{ receivers: ['log'], matchers: ['a=~"("'] }] },
      /regular expression/,
    ],
    [
      { receivers: [logReceiver()], routes: [{ receivers: ['log'], muteTimes: ['x'] }] },
      /muteTimes\[0\]/,
    ],
    [{ muteTimes: { a: [{ weekdays: ['someday'] }] } }, /weekdays/],
    [
      { muteTimes: { a: [{ times: [{ start: '23:00', end: '01:00' }] }] } },
      /must be after the start/,
    ],
    [{ leader: { isLeader: () => true, loadState: async () => '' } }, /loadState[^]*together/],
    [{ muteTimes: { a: [{ location: 'Nowhere/Town' }] } }, /time zone/],
    [{ muteTimes: { a: [{ daysOfMonth: ['1:5', '20:10'] }] } }, /20:10[^]*ends before it begins/],
    [{ muteTimes: { a: [{ daysOfMonth: ['-1:5'] }] } }, /ends before it begins/],
  ])('The options %j stop the start', (options, message) => {
    expect(() => alerting(options as unknown as AlertingOptions)).toThrow(message);
  });

  it('A plugin shows its receivers by name, without their secrets', () => {
    const { options } = alerting({ receivers: [logReceiver({ name: 'ops' })], leader: () => true });
    expect(options).toEqual({ receivers: ['ops'], leader: 'on' });
  });

  it('The ClusterDB configuration of alerts works as a file, and a wrong one shows no secret', async () => {
    await inFolder(
      {
        'good.yaml': clusterDb,
        'bad.yaml': clusterDb.replace("webhook: 'https://", "webhook: 'nothing "),
      },
      async (folder) => {
        const { options } = await loadConfiguration(join(folder, 'good.yaml'), {});
        const plugin = options.plugins?.find(({ name }) => name === 'alerting');
        expect(plugin?.options).toMatchObject({
          rules: [
            { name: 'high_latency', query: 'http_request_duration_p99 > 1.0', severity: 'warning' },
          ],
          receivers: ['log', 'team-email', 'team-slack', 'oncall'],
        });
        const failure = await loadConfiguration(join(folder, 'bad.yaml'), {}).catch(String);
        expect(failure).toMatch(/bad\.yaml:\d+:\d+ alerts\.receivers\[2\]\.slack\.webhook/);
        expect(failure).not.toContain('top-secret');
      },
    );
  });

  it('A rule file of Prometheus is evaluated as it is, and the problems of a wrong one have places', async () => {
    const rules = `groups:
  - name: shop
    rules:
      - record: job:a
        expr: sum by (job) (a)
      - alert: TooMany
        expr: job:a > 1
        labels: { severity: critical }
        annotations: { summary: "{{ $labels.job }} has {{ $value }}" }
`;
    await inFolder(
      { 'rules.yaml': rules, 'wrong.yaml': rules.replace('job:a > 1', 'job:a >') },
      async (folder) => {
        const inbox = new Inbox();
        const options = { ruleFiles: [join(folder, 'rules.yaml')], receivers: [inbox.receiver()] };
        const trial = await new TrialEngine(options, {
          'a{i="1"}': '1x99',
          'a{i="2"}': '2x99',
        }).start();
        await trial.pass(46);
        expect(inbox.notifications[0]?.commonAnnotations).toMatchObject({ summary: 'shop has 3' });
        expect(trial.engine.groups()).toMatchObject([
          { name: 'shop', file: 'rules.yaml', intervalSeconds: 15 },
        ]);
        const wrong = new TrialEngine(
          { ruleFiles: [join(folder, 'wrong.yaml'), join(folder, 'none.yaml')] },
          {},
        );
        const failure = await wrong.start().catch(String);
        expect(failure).toMatch(
          /wrong\.yaml:7:15 \(TooMany of shop\) groups\[0\]\.rules\[1\]\.expr/,
        );
        expect(failure).toMatch(/none\.yaml[^]*cannot be read \(Error ENOENT\)/);
      },
    );
  });

  it('A rule file with anchors, merged keys, numbers as texts and an empty last document is read as Prometheus reads it', async () => {
    const rules = `groups:
  - name: shop
    limit: 10
    labels: { team: infra, tier: 1 }
    rules:
      - alert: A
        expr: 1
        for: 0m
        labels: &common { version: 1.0, ok: yes, hex: 0x10 }
        annotations: { empty: , on: true }
      - alert: B
        expr: vector(2)
        labels: { <<: *common, tier: two }
---
`;
    await inFolder({ 'rules.yaml': rules }, async (folder) => {
      const trial = await new TrialEngine({ ruleFiles: [join(folder, 'rules.yaml')] }, {}).start();
      await trial.engine.evaluate();
      const common = { version: '1.0', ok: 'yes', hex: '0x10', team: 'infra' };
      const [a, b] = trial.engine.current();
      expect(a?.labels).toEqual({ alertname: 'A', ...common, tier: '1' });
      expect(a?.annotations).toEqual({ empty: '', on: 'true' });
      expect(b?.labels).toEqual({ alertname: 'B', ...common, tier: 'two' });
      expect(trial.engine.groups()).toMatchObject([{ limit: 10 }]);
    });
  });

  it('Silences of a file are followed, and one that is taken out of it ends', async () => {
    const silence = {
      matchers: ['alertname="A"'],
      endsAt: '2027-01-01T00:00:00Z',
      createdBy: 'me',
      comment: 'file',
      id: 'one',
    };
    await inFolder({ 'silences.json': JSON.stringify({ silences: [silence] }) }, async (folder) => {
      const silencesFile = join(folder, 'silences.json');
      const trial = await new TrialEngine(
        { rules: [{ name: 'A', query: 'a > 0' }], silencesFile },
        { a: '1x99' },
      ).start();
      const { timers, engine } = trial;
      await timers.advance(15_000);
      await engine.evaluate();
      expect(engine.current()).toMatchObject([{ name: 'A', silencedBy: ['one'] }]);
      writeFileSync(silencesFile, '{ "silences": [] }  ');
      await engine.evaluate();
      expect(engine.current()).toMatchObject([{ silencedBy: [] }]);
    });
  });
});
