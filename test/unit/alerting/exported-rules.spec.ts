import { describe, expect, it } from 'vitest';
import {
  alertDefinitions,
  alertmanagerFiles,
  type AlertOptions,
  documentText,
  prometheusRules,
  promtoolTests,
} from '../../../lib/alerting/index.js';
import { systemProgram } from '../../system/system-program.js';
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

/** Rules and tests, a file for each group of rules: promtool evaluates every rule for every test of a file. */
async function filesByGroup(options: AlertOptions): Promise<Record<string, string>> {
  const { tests, ...settings } = promtoolTests(options);
  const files: Record<string, string> = {};
  for (const { name: group, rules } of prometheusRules(options).groups) {
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
    'Every alert fires in its firing example and stays quiet in its quiet example, in another namespace and with a selector as well',
    { timeout: 240_000 },
    async () => {
      const options = {
        ...{ slos, namespace: 'shop_api', selector: `job="a",zone='b'` },
        ...{ aggregateBy: ['job', 'cluster'], runbookUrl: 'https://shop.example/runbooks' },
      };
      const files = await filesByGroup(options);
      expect(Object.values(files).join('')).not.toMatch(/eventcore[_:]/);
      const tests = Object.keys(files).filter((it) => it.startsWith('test-'));
      const said = await runWith(files, promtool as string, ['test', 'rules', ...tests]);
      expect(said.match(/SUCCESS/g)).toHaveLength(tests.length);
    },
  );
});

// Needs Debian's prometheus-alertmanager.
describe.skipIf(amtool === undefined)('the exported configuration of Alertmanager', () => {
  it('The tool amtool accepts the configuration, and sends each severity to its receiver', async () => {
    const { config, template, templateFile } = alertmanagerFiles();
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
