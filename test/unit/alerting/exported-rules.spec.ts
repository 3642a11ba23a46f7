import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  alertDefinitions,
  alertmanagerFiles,
  documentText,
  prometheusRules,
  type PromtoolTests,
  type RuleGroup,
} from '../../../lib/alerting/index.js';
import { systemProgram } from '../../system/system-program.js';
import { runCommand } from '../cli/run-command.js';
import { runWith } from './promtool.js';

const promtool = systemProgram('promtool');
const amtool = systemProgram('amtool');
const slos = [
  { name: 'orders', kind: 'availability', objective: 99.9 },
  {
    name: 'fast',
    kind: 'latency',
    handler: 'PlaceOrder',
    objective: 99,
    thresholdSeconds: 1,
  },
  { name: 'pages', kind: 'availability', source: 'http', handler: '/orders/:id', objective: 99 },
] as const;

const EXPORT = [
  ...['--namespace', 'shop_api', '--selector', `job="a",zone='b'`, '--aggregate-by', 'job,cluster'],
  ...['--runbook-url', 'https://shop.example/runbooks', '--set', 'MemoryHigh.bytes=4GiB'],
  ...['--set', 'CommandErrorRateHigh.ratio=30%', '--set', 'ErrorBudgetBurnFast.calls=50000'],
  ...['--slo', 'name=orders,kind=availability,objective=99.9'],
  ...['--slo', 'name=reads,kind=availability,source=query,objective=80'],
  ...['--slo', 'name=fast,kind=latency,handler=PlaceOrder,objective=99,threshold=1s'],
  ...['--slo', 'name=pages,kind=availability,source=http,handler=/orders/:id,objective=99'],
  ...['--slo', 'name=quick,kind=latency,source=http,objective=95,threshold=250ms'],
];

async function exported(format: string): Promise<string> {
  const { code, out, err } = await runCommand(['alerts', 'export', '--format', format, ...EXPORT]);
  if (code !== 0) throw new Error(err);
  return out;
}

/** Rules and tests, a file for each group of rules: promtool evaluates every rule for every test of a file. */
async function filesByGroup(): Promise<Record<string, string>> {
  const { tests, ...settings } = parse(await exported('tests')) as PromtoolTests;
  const files: Record<string, string> = {};
  const { groups } = parse(await exported('prometheus')) as { groups: RuleGroup[] };
  for (const { name: group, rules } of groups) {
    const names = rules.flatMap((it) => ('alert' in it ? [it.alert] : []));
    const own = tests.filter(({ name }) => names.includes(name.split(' ')[0] ?? ''));
    files[`${group}.yaml`] = await documentText({ groups: [{ name: group, rules }] });
    const test = { ...settings, rule_files: [`${group}.yaml`], tests: own };
    files[`test-${group}.yaml`] = await documentText(test);
  }
  return files;
}

// Needs Debian's prometheus.
describe.skipIf(promtool === undefined)('the exported rules', () => {
  it('Rules without the package yaml are JSON, which the tool promtool accepts', async () => {
    const text = await documentText(prometheusRules(), () => Promise.resolve(undefined));
    expect(JSON.parse(text)).toEqual(prometheusRules());
    const check = ['check', 'rules', 'rules.yaml'];
    expect(await runWith({ 'rules.yaml': text }, promtool as string, check)).toContain('SUCCESS');
  });

  it('The tool promtool has nothing to say about the rules', { timeout: 60_000 }, async () => {
    const files = { 'rules.yaml': await documentText(prometheusRules({ slos })) };
    const check = ['check', 'rules', '--lint=all', 'rules.yaml'];
    const said = await runWith(files, promtool as string, check);
    expect(said).toMatch(/SUCCESS: \d+ rules found/);
    expect(said).not.toContain('duplicate');
  });

  it(
    'Every alert fires in its firing example and stays quiet in its quiet example, in another namespace and with a selector, values and objectives as well',
    { timeout: 240_000 },
    async () => {
      const files = await filesByGroup();
      expect(Object.values(files).join('')).not.toMatch(/eventcore[_:]/);
      const check = ['check', 'rules', '--lint=all', 'rules.yaml'];
      const rules = { 'rules.yaml': await exported('prometheus') };
      expect(await runWith(rules, promtool as string, check)).toMatch(
        /SUCCESS: \d+ rules found\s*$/,
      );
      const tests = Object.keys(files).filter((it) => it.startsWith('test-'));
      const said = await runWith(files, promtool as string, ['test', 'rules', ...tests]);
      expect(said.match(/SUCCESS/g)).toHaveLength(tests.length);
      const tested = tests.map((it) => files[it]).join('');
      // A budget of 20 % cannot be used at six times its speed.
      expect(tested).not.toMatch(/BurnFast fires for reads/);
      expect(tested).toMatch(/MemoryHigh fires[^]*values: 6442450944x30/);
      expect(tested.match(/name: ErrorBudgetBurn\w+ fires for/g)).toHaveLength(9);
      expect(tested.match(/name: ErrorBudgetBurn\w+ stays quiet for/g)).toHaveLength(10);
    },
  );

  it('Boards and runbooks follow the namespace and the values', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'exports-'));
    await runCommand(['alerts', 'export', '--format', 'runbooks', ...EXPORT, '--out', folder]);
    const boards = ['--namespace', 'shop_api', '--selector', 'zone="b"'];
    const values = ['--set', 'CommandErrorRateHigh.ratio=30%', '--out', folder];
    await runCommand(['dashboards', 'export', ...boards, ...values]);
    const texts = Object.fromEntries(
      readdirSync(folder).map((it) => [it, readFileSync(join(folder, it), 'utf8')]),
    );
    expect(Object.values(texts).join('')).not.toMatch(/eventcore[_:]/);
    expect(texts['MemoryHigh.md']).toContain('4 GiB');
    expect(texts['CommandErrorRateHigh.md']).toContain('shop_api_command_errors_total');
    expect(texts['commands.json']).toMatch(/shop_api_commands_total\{[^}]*zone=/);
    expect(texts['commands.json']).toMatch(/"value": 0\.3\b/);
    rmSync(folder, { recursive: true });
  });
});

// Needs Debian's prometheus-alertmanager.
describe.skipIf(amtool === undefined)('the exported configuration of Alertmanager', () => {
  it('The tool amtool accepts the configuration, and sends each severity to its receiver', async () => {
    const { config, template, templateFile } = alertmanagerFiles({
      aggregateBy: ['job', 'cluster'],
      namespace: 'shop_api',
    });
    const files = { 'am.yml': await documentText(config), [templateFile]: template };
    const said = await runWith(files, amtool as string, ['check-config', 'am.yml']);
    expect(said).toMatch(/SUCCESS[^]*4 receivers[^]*1 templates\s+SUCCESS/);
    const receivers = { critical: 'critical', warning: 'warning', info: 'info', none: 'watchdog' };
    for (const [severity, receiver] of Object.entries(receivers)) {
      const route = ['config', 'routes', 'test', '--config.file=am.yml'];
      const verified = `--verify.receivers=${receiver}`;
      await runWith(files, amtool as string, [...route, verified, `severity=${severity}`]);
    }
  });

  it('No inhibition compares a label that one of its alerts lacks', () => {
    const { config } = alertmanagerFiles();
    const rules = config['inhibit_rules'] as {
      source_matchers: string[];
      target_matchers: string[];
      equal: string[];
    }[];
    const matches = (matchers: readonly string[], name: string, labels: readonly string[]) =>
      matchers.every((it) => {
        const [, label, operator, value = ''] = /^(\w+)(=~|!=|=)"(.*)"$/.exec(it) ?? [];
        if (label !== 'alertname') return label !== 'instance' || labels.includes('instance');
        return new RegExp(`^(?:${value})$`).test(name) === (operator !== '!=');
      });
    for (const { source_matchers, target_matchers, equal } of rules)
      for (const matchers of [source_matchers, target_matchers]) {
        const found = alertDefinitions.filter(({ name, labels }) =>
          matches(matchers, name, labels),
        );
        expect(found).not.toEqual([]);
        const lacking = found.filter(({ labels }) => equal.some((it) => !labels.includes(it)));
        expect(lacking.map(({ name }) => name)).toEqual([]);
      }
  });
});
