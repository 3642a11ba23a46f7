import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { alertDefinitions } from '../../../lib/alerting/index.js';
import { runCommand } from './run-command.js';

const folder = () => mkdtempSync(join(tmpdir(), 'alerts-'));
const run = (...argv: string[]) => runCommand(['alerts', 'export', ...argv]);
const BURN = 'name=orders,kind=availability,handler=PlaceOrder,objective=99.9';

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly annotations?: Readonly<Record<string, string>>;
}
const rulesIn = (text: string) =>
  (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap((it) => it.rules);
const ruleOf = (text: string, name: string) => rulesIn(text).find((it) => it.alert === name);

describe('observability alerts export', () => {
  it('The command alerts export prints rules in another namespace, with a selector and values', async () => {
    const { code, out, err } = await run(
      ...['--namespace', 'my_shop', '--selector', 'env="prod"', '--aggregate-by', 'job,cluster'],
      ...['--set', 'ProjectionLagHigh.seconds=2m', '--set', 'CommandErrorRateHigh.ratio=10%'],
      ...['--set', 'MemoryHigh.bytes=1GiB', '--runbook-url', 'https://shop.example/runbooks/'],
      ...['--slo', BURN, '--slo', 'name=fast,kind=latency,objective=99,threshold=500ms'],
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).not.toMatch(/eventcore[_:]/);
    const lag = ruleOf(out, 'ProjectionLagHigh');
    expect(lag?.expr).toContain(
      'max by (job, cluster, projection_name) (min_over_time(my_shop_projection_lag_seconds{env="prod"}[5m])) > 120',
    );
    expect(lag?.annotations).toMatchObject({
      description: expect.stringContaining('the limit is 2 min'),
      runbook_url: 'https://shop.example/runbooks/ProjectionLagHigh',
    });
    expect(ruleOf(out, 'CommandErrorRateHigh')?.expr).toContain('> 0.1)');
    expect(ruleOf(out, 'MemoryHigh')?.expr).toContain('> 1073741824');
    expect(rulesIn(out).some(({ expr }) => expr.includes('le="0.5"'))).toBe(true);
    expect(rulesIn(out)).toHaveLength(alertDefinitions.length + 2 * 11);
  });

  it('The command alerts export writes every format as complete files', async () => {
    const out = folder();
    for (const format of ['prometheus', 'prometheus-rule', 'tests', 'alertmanager'])
      expect(await run('--format', format, '--out', out)).toMatchObject({ code: 0, err: '' });
    expect(readdirSync(out).toSorted()).toEqual([
      'alertmanager.yml',
      'eventcore.tmpl',
      'prometheus-rule.yaml',
      'rules.test.yaml',
      'rules.yaml',
    ]);
    await run('--format', 'runbooks', '--out', join(out, 'runbooks'));
    expect(readdirSync(join(out, 'runbooks'))).toHaveLength(alertDefinitions.length - 2 + 1);
    await run('--out', join(out, 'mine.yml'));
    expect(readFileSync(join(out, 'mine.yml'), 'utf8')).toContain('CommandErrorRateHigh');
  });

  it('The resource PrometheusRule has the kind, the version and the groups of the operator', async () => {
    const { out } = await run('--format', 'prometheus-rule', '--namespace', 'my_shop');
    expect(parse(out)).toMatchObject({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'my-shop-alerts' },
      spec: { groups: expect.any(Array) },
    });
  });

  it.each([
    [String.raw`zone="a\nb\"c"`, String.raw`zone="a\nb\"c"`],
    ["zone='a', ", 'zone="a"'],
    ['zone=`a\\b`', String.raw`zone="a\\b"`],
    [String.raw`zone="\u00e9"`, 'zone="é"'],
    ['zone=~"(?i)A|b.+"', 'zone=~"(?i)A|b.+"'],
    ['"cloud.zone"!="a"', '"cloud.zone"!="a"'],
    ['zone="eventcore_projection_lag_seconds"', 'zone="eventcore_projection_lag_seconds"'],
    ['zone="$raw"', 'zone="$raw"'],
  ])('The rules read the selector %j as Prometheus does', async (selector, written) => {
    const { out } = await run('--selector', selector, '--namespace', 'my_shop');
    const lag = `min_over_time(my_shop_projection_lag_seconds{${written}}[5m])`;
    expect(ruleOf(out, 'ProjectionLagHigh')?.expr).toContain(lag);
  });

  it('Receivers in another format than that of Alertmanager are refused', async () => {
    const { code, err } = await run('--receiver', 'emailTo=a@b.example');
    expect(code).toBe(2);
    expect(err).toContain('--receiver belongs to --format alertmanager.');
  });

  it('An alert with a value of its own has unit tests for it, and the export says so where it cannot fire', async () => {
    const set = ['--set', 'MemoryHigh.bytes=4GiB', '--set', 'EventLoopSaturated.ratio=100%'];
    const { out, err } = await run('--format', 'tests', ...set);
    expect(err).toBe(
      'No complete tests of EventLoopSaturated: with these values they cannot fire, or always do.\n',
    );
    expect(out).toContain('MemoryHigh fires');
    expect(out).toContain('values: 6442450944x30');
    expect(out).not.toContain('EventLoopSaturated fires');
    expect(out).toContain('EventLoopSaturated stays quiet');
  });

  it('A problem of an option comes with its code', async () => {
    const { err } = await run('--namespace', 'My-Shop');
    expect(err).toMatch(/^observability: OBS_OPTION_INVALID: --namespace must be 1 to 32/);
  });

  it.each([
    [['--set', 'ProjectionLagHigh.second=60'], 'Did you mean ProjectionLagHigh.seconds'],
    [['--set', 'CommandErrorRateHigh.ratio=5m'], 'must be a ratio from 0 to 1 or a percentage'],
    [['--set', 'CommandErrorRateHigh.ratio=5'], 'must be a ratio from 0 to 1'],
    [['--set', 'CommandErrorRateHigh.calls=5m'], 'must be a number without a unit'],
    [['--set', 'ProjectionLagHigh=5'], 'Did you mean ProjectionLagHigh.seconds?'],
    [['--set', '__proto__=5'], 'the runbook of each alert lists its parameters'],
    [['--set', 'MemoryHigh.bytes=1', '--set', 'MemoryHigh.bytes=2'], 'is given twice'],
    [['--slo', `${BURN},objective=98`], '--slo objective is given twice'],
    [['--set', 'ProjectionLagHigh.seconds=5min'], 'must be a number of seconds or a duration'],
    [['--set', 'ProjectionLagHigh.seconds=1e999'], 'must be a number of seconds or a duration'],
    [['--set', 'ProjectionLagHigh.seconds=-5'], 'must be a number of seconds or a duration'],
    [['--set', 'ProjectionLagHigh.seconds=NaN'], 'must be a number of seconds'],
    [['--set', 'MemoryHigh.bytes=2GB'], 'must be a number of bytes'],
    [['--set', 'ProjectionLagHigh.seconds'], 'must be NAME=VALUE'],
    [['--selector', '{job="shop"}'], '--selector must be a list of label matchers'],
    [['--selector', 'job=shop'], '--selector must be a list of label matchers'],
    [['--selector', 'job=~"("'], '--selector must be a list of label matchers'],
    [['--namespace', 'My-Shop'], '--namespace must be 1 to 32 lower-case letters'],
    [['--aggregate-by', 'job,le'], '--aggregate-by must be the name of a label'],
    [['--aggregate-by', 'job,command_type'], '--aggregate-by must be the name of a label'],
    [['--aggregate-by', 'job,exported_job'], '--aggregate-by must be the name of a label'],
    [['--aggregate-by', 'job,cluster,job'], '--aggregate-by must name each label once'],
    [['--aggregate-by', ''], '--aggregate-by must be the name of a label'],
    [['--selector', 'a="b"', '--selector', 'c="d"'], '--selector is given twice. Pass it once.'],
    [['--selector', 'a="b"} or {c="d"'], '--selector must be a list of label matchers'],
    [['--selector', 'a="\\q"'], '--selector must be a list of label matchers'],
    [['--selector', 'a=~"(?=b)"'], '--selector must be a list of label matchers'],
    [['--selector', '__name__="up"'], '--selector must be a list of label matchers'],
    [['--selector', '"up"'], '--selector must be a list of label matchers'],
    [['--selector', 'a="b" # c'], '--selector must be a list of label matchers'],
    [['--receiver', 'foo=bar'], '--receiver foo is not a known option'],
    [
      ['--receiver', 'smarthost=mail.example:99999'],
      '--receiver smarthost must be a host with a port',
    ],
    [['--receiver', 'smarthost=mail.example:0'], '--receiver smarthost must be a host with a port'],
    [
      ['--receiver', 'webhookUrl=http://a.example:99999/'],
      '--receiver webhookUrl must be an address',
    ],
    [['--receiver', 'emailTo='], '--receiver emailTo must be an e-mail address'],
    [['--runbook-url', 'https://shop.example:99999'], '--runbook-url must be an address'],
    [['--runbook-url', 'https://shop.example/{name}'], 'no braces but {alert}'],
    [['--runbook-url', ''], '--runbook-url must be an address'],
    [['--set', 'ProjectionLagHigh.seconds=0s'], 'must be a number of seconds above 0'],
    [['--set', 'MemoryHigh.bytes=0'], 'must be a number of bytes above 0'],
    [['--set', 'MemoryHigh.bytes='], 'must be a number of bytes'],
    [['--slo', 'name=a,kind=availability,objective=100'], 'must be a percentage of 50 or more'],
    [['--slo', 'name=a,kind=availability,objective=0'], 'must be a percentage of 50 or more'],
    [
      ['--slo', 'name=a,kind=latency,objective=99,threshold=1,buckets=1 0.5'],
      '--slo 1 buckets must be a list of ascending numbers',
    ],
    [
      ['--slo', 'name=a,kind=latency,objective=99,threshold=1,buckets=1 1 2'],
      '--slo 1 buckets must be a list of ascending numbers',
    ],
    [['--runbook-url', 'shop/runbooks'], '--runbook-url must be an address'],
    [['--slo', 'name=a,kind=latency,objective=99,threshold=0.3'], 'must be a bound of the buckets'],
    [['--slo', 'name=a,kind=latency,objective=99'], '--slo 1 thresholdSeconds belongs to'],
    [['--slo', 'name=a,kind=availability,objective=0.999'], 'must be a percentage of 50 or more'],
    [['--slo', BURN, '--slo', BURN], '--slo 2 name must be unique'],
    [['--slo', 'name=a,kind=availability,objectiv=99'], 'objective'],
    [['--format', 'prometeus'], 'Did you mean prometheus'],
    [['--format', 'runbooks', '--out', 'a.yaml'], '--out must be a folder'],
    [['--receiver', 'emailto=a@b.example'], 'Did you mean emailTo'],
    [
      ['--format', 'tests', '--selector', 'job=~"a|b"'],
      '--selector must have only matchers with =',
    ],
  ])('The command alerts export refuses %j and writes nothing', async (argv, message) => {
    const out = folder();
    const format = argv[0] === '--receiver' ? ['--format', 'alertmanager'] : [];
    const where = argv.includes('--out') ? [] : ['--out', out];
    const { code, err, out: printed } = await run(...format, ...where, ...argv);
    expect(err).toContain(message);
    expect({ code, printed }).toEqual({ code: 2, printed: '' });
    expect(readdirSync(out)).toEqual([]);
  });
});
