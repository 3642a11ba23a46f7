import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AlertSilences } from '../../../lib/alerts/notifications/alert-silences.js';
import { SilenceFile } from '../../../lib/alerts/notifications/silence-file.js';
import { LabelSet } from '../../../lib/query/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { RecordedHistory } from '../history/recorded-history.js';
import { answering, runCommand } from './run-command.js';

const folder = mkdtempSync(join(tmpdir(), 'alert-commands-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const run = (...argv: readonly string[]) => runCommand(['alerts', ...argv]);
const slow = file(
  'rules.yaml',
  [
    'groups:',
    '  - name: own',
    '    rules:',
    '      - { record: "job:slow:max", expr: "max by (job) (slow)" }',
    '      - { alert: Slow, expr: "job:slow:max > 1", for: 2m, labels: { severity: critical } }',
    '      - { alert: Sluggish, expr: "slow > 0", labels: { severity: warning } }',
  ].join('\n'),
);

describe('the command alerts test', () => {
  it('A shipped alert is evaluated on the series of its definition', async () => {
    expect(await run('test', 'CommandErrorRateHigh')).toEqual({
      code: 0,
      out: [
        'CommandErrorRateHigh fires in the series in which it must fire',
        '  PENDING  FIRING  ENDED  FIRED FOR  VALUE  LABELS',
        '  1m       6m      -      -          0.1    {command_type="PlaceOrder", job="shop", severity="critical"}',
        'CommandErrorRateHigh does not fire in the series in which it must stay quiet',
        '',
      ].join('\n'),
      err: '',
    });
  });

  it('A parameter that is too high makes the alert miss its series, with exit code 1', async () => {
    const argv = ['test', 'CommandErrorRateHigh', '--set', 'CommandErrorRateHigh.ratio=50%'];
    const { code, out } = await run(...argv);
    expect(code).toBe(1);
    expect(out).toContain('DOES NOT FIRE, unlike expected, in the series in which it must fire');
  });

  it.each([
    ['texts by series in JSON', { slow: '0 2x9 0x9' }],
    ['texts by series in YAML', 'slow: 0 2x9 0x9'],
    [
      'a test of promtool',
      { tests: [{ input_series: [{ series: 'slow', values: '0 2x9 0x9' }] }] },
    ],
  ])('An alert of a rule file is evaluated on %s', async (_form, content) => {
    const series = file('series', content);
    const { code, out } = await run('test', 'Slow', '--rules', slow, '--series', series, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      alert: 'Slow',
      isWell: true,
      trials: [
        {
          fires: true,
          alerts: [{ pending: 60, firing: 180, ended: 660, value: '2', labels: { job: 'shop' } }],
        },
      ],
    });
  });

  it.each([
    [['test', 'Slo', '--rules', slow], 'RULE = "Slo": is no alert of the rules. Did you mean Slow'],
    [
      ['test', 'Slow', '--rules', slow],
      'RULE = "Slow": is no shipped alert, and has no series of its own. Pass --series',
    ],
    [
      ['test', 'Slow', '--rules', 'none.yaml'],
      'none.yaml = "none.yaml": cannot be read (Error ENOENT)',
    ],
    [
      ['test', 'MemoryHigh', '--series', 'none'],
      '--series = "none": cannot be read (Error ENOENT)',
    ],
    [['test', 'MemoryHigh', '--series', file('a', '[1]')], 'has no series. Write'],
    [['test', 'MemoryHigh', '--series', file('b', { a: [1] })], 'has no series. Write'],
    [['test', 'MemoryHigh', '--series', file('c', { a: 'x' })], '"x\\" is no value'],
    [['test', 'MemoryHigh', '--series', file('d', { 'a{': '1' })], 'is no series'],
    [['test', 'MemoryHigh', '--series', file('e', { tests: [] })], 'must have one test'],
    [
      ['test', 'MemoryHigh', '--config', 'none.yaml'],
      'file = "none.yaml": cannot be read (Error ENOENT)',
    ],
    [['drill', 'MemoryHigh', '--at', 'noon'], '--at = "noon": must be a Unix time'],
    [['drill', 'Slow', '--rules', slow], 'NAME = "Slow": is no shipped alert'],
    [['drill', 'ApplicationDown'], 'is an alert that the configuration leaves out'],
    [['drill'], 'NAME... is missing: observability alerts drill NAME...'],
    [['backtest', 'MemoryHigh'], '--history = undefined: must be the directory'],
    [['backtest', 'MemoryHigh', '--history', folder], 'has no files of a history'],
    [['backtest', 'MemoryHigh', '--history', '/none'], 'cannot be read (Error ENOENT)'],
    [['silence', 'list'], '--file = undefined: must be the path of a file of silences'],
    [['silence'], 'Did you mean alerts silence add, alerts silence list, alerts silence expire?'],
  ])(
    'The arguments %j end with code 2, the subject, the value, the rule and the remedy',
    async (argv, message) => {
      const { code, out, err } = await run(...argv);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err.replaceAll('\\"', '"')).toContain(message.replaceAll('\\"', '"'));
    },
  );
});

describe('the command alerts drill', () => {
  const config = file(
    'observability.yaml',
    [
      "file_format: '1.0'",
      'module: { serviceName: store }',
      'alerts:',
      `  ruleFiles: ['${slow}']`,
      '  shipped: false',
      '  groupWait: 1m',
      '  receivers: [{ webhook: { name: team, url: "http://127.0.0.1:1/s3cret" } }, { log: { name: lines } }]',
      '  routes:',
      '    - { matchers: [\'severity="critical"\'], receivers: [team, lines], groupBy: [job] }',
      '    - { matchers: [\'severity="warning"\'], receivers: [lines], muteTimes: [night] }',
      '  inhibitions: [{ source: [\'severity="critical"\'], target: [\'severity="warning"\'], equal: [job] }]',
      `  silencesFile: '${join(folder, 'drill-silences.json')}'`,
      '  muteTimes: { night: [{ times: [{ start: "00:00", end: "06:00" }] }] }',
    ].join('\n'),
  );
  const series = file('drill-series', { slow: '0 0 2x9 0x30' });
  const drill = (...argv: readonly string[]) =>
    run('drill', ...argv, '--config', config, '--series', series);

  it('Shows who is notified when, by the routes, groups and inhibitions of the configuration', async () => {
    const { code, out, err } = await drill('Slow', '--at', '2026-11-30T12:00:00Z');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const rows = out.split('\n').map((it) => it.replaceAll(/ {2,}/g, ' | '));
    expect(rows).toEqual([
      'From 2026-11-30T12:00:00Z on:',
      'AFTER | EVENT | ALERT | DETAILS',
      '2m | pending | Slow | {job="store", severity="critical"}',
      '2m | firing | Sluggish | {instance="store:9464", job="store", severity="warning"}',
      '3m | notified | Sluggish | lines: firing, 1 firing, group {alertname="Sluggish", job="store"}',
      '4m | firing | Slow | {job="store", severity="critical"}',
      '4m | inhibited | Sluggish | {instance="store:9464", job="store", severity="warning"}',
      '5m | notified | Slow | team: firing, 1 firing, group {job="store"}',
      '5m | notified | Slow | lines: firing, 1 firing, group {job="store"}',
      '12m | resolved | Slow | {job="store", severity="critical"}',
      '12m | resolved | Sluggish | {instance="store:9464", job="store", severity="warning"}',
      '13m | notified | Sluggish | lines: resolved, 1 resolved, group {alertname="Sluggish", job="store"}',
      '15m | notified | Slow | team: resolved, 1 resolved, group {job="store"}',
      '15m | notified | Slow | lines: resolved, 1 resolved, group {job="store"}',
      'Slow notifies team, lines',
      '',
    ]);
    expect(out).not.toContain('s3cret');
  });

  it('Says why no receiver is notified: a muted route, a silence, a condition that does not hold', async () => {
    const night = await drill('Sluggish', '--at', '2026-11-30T03:00:00Z');
    expect(night.out).toContain('Sluggish notifies no receiver: its routes are muted');
    const calm = file('calm-series', { slow: '0 1x9 0x30' });
    const argv = ['drill', 'Sluggish', 'Slow', '--config', config, '--series', calm];
    const muted = await run(...argv, '--at', '2026-11-30T03:00:00Z');
    expect(muted.code).toBe(1);
    expect(muted.out).toContain('Sluggish notifies no receiver: its routes are muted');
    expect(muted.out).toContain('Slow notifies no receiver: it does not fire');
    const { out } = await run(
      'silence',
      'add',
      'alertname=Sluggish',
      '--for',
      '1d',
      '--comment',
      'x',
      '--author',
      'me',
      '--config',
      config,
    );
    const silenced = await run(...argv);
    expect(silenced.out).toContain(
      `Sluggish notifies no receiver: it is silenced by ${out.split(' ')[0]}`,
    );
  });

  it('Without a configuration, one receiver gets all shipped alerts but the watchdog, as JSON too', async () => {
    const series = file('none', { none: '0' });
    const { code, out } = await run('drill', 'Watchdog', '--series', series, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      events: [{ kind: 'firing', after: 0, alert: { name: 'Watchdog', severity: 'none' } }],
      alerts: [
        { alert: 'Watchdog', receivers: [], text: 'notifies no receiver: no route takes it' },
      ],
    });
  });
});

describe('the command alerts backtest', () => {
  it('Evaluates a rule on the files of a history, while their process runs', async () => {
    const directory = mkdtempSync(join(folder, 'history-'));
    const history = new RecordedHistory({ storage: { directory } });
    await history.store.open();
    const gauge = history.registry.gauge({ name: 'slow', help: 'Slow.', labels: ['p'] });
    const series = gauge.labels({ p: 'x' });
    history.ticks(480, (tick) => series.set(tick >= 60 && tick < 240 ? 2 : 0));
    await history.store.settled();
    const before = await run('backtest', 'Slow', '--rules', slow, '--history', directory);
    expect(before.code).toBe(0);
    await history.store.close();
    const { code, out } = await run(
      'backtest',
      'Sluggish',
      '--rules',
      slow,
      '--history',
      directory,
    );
    expect(code).toBe(0);
    const [head = '', , row = ''] = out.split('\n');
    expect(head).toBe(
      'Sluggish from 2026-01-01T00:00:00Z to 2026-01-01T00:39:55Z: fires once, for 15m',
    );
    expect(row.split(/ {2,}/)).toEqual([
      '2026-01-01T00:05:00Z',
      '2026-01-01T00:05:00Z',
      '2026-01-01T00:20:00Z',
      '15m',
      '2',
      '{instance="shop", job="shop", p="x", severity="warning"}',
    ]);
    const part = [
      '--from',
      '2026-01-01T00:10:00Z',
      '--to',
      '1767226500',
      '--step',
      '30s',
      '--json',
    ];
    const later = await run('backtest', 'Slow', '--rules', slow, '--history', directory, ...part);
    expect(JSON.parse(later.out)).toEqual({
      alert: 'Slow',
      from: '2026-01-01T00:10:00Z',
      to: '2026-01-01T00:15:00Z',
      times: 1,
      seconds: 180,
      alerts: [
        {
          labels: { alertname: 'Slow', job: 'shop', severity: 'critical' },
          pending: '2026-01-01T00:10:00Z',
          firing: '2026-01-01T00:12:00Z',
          ended: null,
          value: '2',
        },
      ],
    });
    const wrong = ['backtest', 'Slow', '--rules', slow, '--history', directory];
    for (const [argv, message] of [
      [['--step', '1ms'], 'makes more than 100000 evaluations'],
      [['--step', '0s'], 'must be a duration of more than 0'],
      [['--to', '2025-12-31T00:00:00Z'], 'must not be before --from'],
    ] as const) {
      const result = await run(...wrong, ...argv);
      expect(result.code).toBe(2);
      expect(result.err).toContain(message);
    }
  });
});

describe('the commands alerts silence', () => {
  const path = join(folder, 'silences.json');
  const add = (...argv: readonly string[]) =>
    run(
      ...['silence', 'add', '--file', path, '--author', 'ann', ...argv],
      ...(argv.includes('--comment') ? [] : ['--comment', 'known']),
    );

  it('A silence that is added, listed and expired is followed by the engine', async () => {
    const clock = new ManualClock(Date.now());
    const silences = new AlertSilences(clock);
    const follower = new SilenceFile(path);
    const labels = LabelSet.of({ alertname: 'Slow', job: 'shop' });
    const added = await add('alertname=~"Slow|Late"', 'job="shop"', '--for', '2h');
    const [id = ''] = added.out.split(' ');
    expect(added.code).toBe(0);
    clock.setWall(Date.now());
    await follower.follow(silences);
    expect(silences.matching(labels)).toEqual([id]);
    const listed = await run('silence', 'list', '--file', path);
    expect(listed.out).toMatch(/^ID +STATE +UNTIL +AUTHOR +MATCHERS +COMMENT\n/);
    expect(listed.out).toContain('ann     alertname=~"Slow|Late" job="shop"  known');
    const expired = await run('silence', 'expire', id.slice(0, 8), '--file', path);
    expect(expired).toEqual({ code: 0, out: `${id} has ended\n`, err: '' });
    await follower.follow(silences);
    clock.setWall(Date.now() + 1);
    expect(silences.matching(labels)).toEqual([]);
    expect((await run('silence', 'list', '--file', path)).out).toBe('');
    expect((await run('silence', 'list', '--file', path, '--all')).out).toContain('expired');
  });

  it.each([
    [['alertname='], 'MATCHER = [', 'of which one refuses an empty value'],
    [['alertname'], 'MATCHER = "alertname"', 'must be a matcher'],
    [['a=~"("'], 'MATCHER = "a=~', 'must be a matcher'],
    [['a="b"', '--for', '-2h'], '--for', ''],
    [['a="b"', '--for', '2 hours'], '--for = "2 hours"', 'must be a duration'],
    [['a="b"', '--until', '2020-01-01T00:00:00Z'], '--until', 'must be a time in the future'],
    [['a="b"', '--until', '2020-01-01T00:00:00Z', '--for', '1h'], 'silence', 'must have either'],
    [['a="b"'], 'silence', 'must have either'],
    [['a="b"', '--for', '1h', '--comment', ' '], '--comment', 'must be a text'],
  ])('The silence %j is refused, and the file stays as it is', async (argv, subject, rule) => {
    const before = readFileSync(path, 'utf8');
    const time = argv.includes('--for') || argv.includes('--until') || argv[0] === 'a="b"';
    const { code, err } = await add(...argv, ...(time ? [] : ['--for', '1h']));
    expect(code).toBe(2);
    expect(err).toContain(subject);
    expect(err).toContain(rule);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('A file that is none of silences is not overwritten, and silences without an end are reported', async () => {
    const wrong = file('wrong.json', '{"silences": {}}');
    const argv = ['--for', '1h', '--author', 'a', '--comment', 'c', '--file', wrong];
    const { code, err } = await run('silence', 'add', 'a="b"', ...argv);
    expect(code).toBe(2);
    expect(err).toContain('is no file of silences');
    expect(readFileSync(wrong, 'utf8')).toBe('{"silences": {}}');
    const ends = { matchers: ['a="b"'], endsAt: '2999-01-01T00:00:00Z' };
    const half = file('half.json', {
      silences: [{ matchers: ['a="b"'] }, null, ends, { ...ends, matchers: 5 }],
    });
    const listed = await run('silence', 'list', '--file', half);
    expect(listed.code).toBe(1);
    expect(listed.err).toContain('3 silences of the file have no end, or a matcher that is none');
    const silences = new AlertSilences(new ManualClock());
    const follower = new SilenceFile(half);
    await expect(follower.follow(silences)).rejects.toThrow('3 silences of the file');
    await follower.follow(silences);
    expect(silences.list()).toMatchObject([{ matchers: [{ name: 'a', value: 'b' }] }]);
  });
});

describe('the command alerts list', () => {
  const rules = (alerts: readonly object[], more = {}) =>
    JSON.stringify({
      status: 'success',
      data: { groups: [{ name: 'a', rules: [{ name: 'Slow', health: 'ok', alerts, ...more }] }] },
    });
  const alert = {
    state: 'firing',
    activeAt: '2026-11-30T08:00:00.123Z',
    value: '2.5000001e-01',
    labels: { alertname: 'Slow', severity: 'warning', job: 'shop' },
    annotations: {},
  };

  it('Lists firing alerts with exit code 1, and asks the API below the given address', async () => {
    const { fetch, requests } = answering(rules([alert]));
    const url = 'http://shop/metrics-api';
    expect(await runCommand(['alerts', 'list', '--url', url], { fetch })).toEqual({
      code: 1,
      out: [
        'STATE   SEVERITY  ALERT  SINCE                 VALUE  LABELS',
        'firing  warning   Slow   2026-11-30T08:00:00Z  0.25   {job="shop"}',
        '',
      ].join('\n'),
      err: '',
    });
    expect(requests[0]?.url).toBe(`${url}/api/v1/rules?type=alert`);
  });

  it('Ends with code 0 while nothing but the watchdog fires, and lists all rules when asked', async () => {
    const watchdog = { ...alert, labels: { alertname: 'Watchdog', severity: 'none' } };
    const { fetch } = answering(rules([watchdog]));
    expect((await runCommand(['alerts', 'list'], { fetch })).code).toBe(0);
    const quiet = answering(rules([]));
    const { code, out } = await runCommand(['alerts', 'list', '--all'], quiet);
    expect({ code, out }).toEqual({
      code: 0,
      out: 'STATE     SEVERITY  ALERT  SINCE  VALUE  LABELS\ninactive            Slow\n',
    });
  });

  it('Names rules that cannot be evaluated, and a service without rules', async () => {
    const failing = answering(rules([], { health: 'err', lastError: 'many-to-many' }));
    const { code, out } = await runCommand(['alerts', 'list'], failing);
    expect({ code, out }).toEqual({ code: 1, out: 'Slow cannot be evaluated: many-to-many\n' });
    const none = answering(JSON.stringify({ status: 'success', data: { groups: [] } }));
    const without = await runCommand(['alerts', 'list'], none);
    expect(without.code).toBe(2);
    expect(without.err).toContain('evaluates no alerts. Add the plugin alerting()');
  });
});
