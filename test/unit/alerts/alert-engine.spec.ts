import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type AlertRuleOptions, NotificationError } from '../../../lib/alerting/index.js';
import { LabelMatcher } from '../../../lib/query/index.js';
import { settled } from '../kernel/settled.js';
import { Inbox, TrialEngine } from './trial-engine.js';

const rule = { name: 'A', query: 'a > 0', severity: 'warning' } as const;
const always = { a: '1x400' };
// The first evaluation is after 15 seconds, and a group waits for 30.
const FIRST = 46;

describe('the alert engine', () => {
  it('An alert is told after the group wait, with its value, and its end after the group interval', async () => {
    const inbox = new Inbox();
    const options = { rules: [rule], receivers: [inbox.receiver()] };
    const trial = await new TrialEngine(options, { 'a{p="x"}': '1x8 0x100' }).start();
    await trial.pass(FIRST - 2);
    expect(inbox.told).toEqual([]);
    await trial.pass(2);
    expect(inbox.told).toEqual(['firing A:firing']);
    expect(inbox.notifications[0]).toMatchObject({
      groupLabels: { alertname: 'A', job: 'shop' },
      commonLabels: { alertname: 'A', severity: 'warning', p: 'x', job: 'shop' },
      commonAnnotations: { value: '1' },
    });
    await trial.pass(310);
    expect(inbox.told).toEqual(['firing A:firing', 'resolved A:resolved']);
    expect(trial.engine.current()).toEqual([]);
    expect(trial.faults).toEqual([]);
  });

  it('A group of more than 500 alerts has the labels in common that all of them have, and a real Alertmanager gets all', async () => {
    const [inbox, manager] = [new Inbox(), new Inbox()];
    const route = { matchers: [], groupBy: [], groupWaitMs: 0, isUnfiltered: true };
    const receivers = [inbox.receiver(), manager.receiver('manager', { route })];
    const values = Array.from({ length: 501 }, (_, i) => [`a{i="${i}",p="${i < 500}"}`, '1x9']);
    const options = { rules: [rule], receivers };
    const trial = await new TrialEngine(options, Object.fromEntries(values)).start();
    await trial.pass(FIRST);
    // Work of thousands of alerts is done in slices.
    await expect.poll(() => inbox.told.length * manager.told.length).toBeGreaterThan(0);
    const [notification] = inbox.notifications;
    expect(notification).toMatchObject({ truncatedAlerts: 1, commonAnnotations: {} });
    expect(notification?.commonLabels).not.toHaveProperty('p');
    expect(notification?.alerts).toHaveLength(500);
    expect(manager.notifications[0]?.alerts).toHaveLength(501);
  });

  it('A group interval that is longer than a timer can wait does not make the engine busy', async () => {
    const options = { rules: [rule], receivers: [new Inbox().receiver()], groupInterval: '60d' };
    const trial = await new TrialEngine(options, always).start();
    const after = vi.spyOn(trial.timers, 'after');
    await trial.pass(FIRST);
    expect(Math.max(...after.mock.calls.map(([delayMs]) => delayMs))).toBe(2 ** 31 - 1);
  });

  it('An alert that stays as it is is repeated after four hours, and one that changes its value is not', async () => {
    const inbox = new Inbox();
    const options = {
      intervalMs: 60_000,
      rules: [rule],
      receivers: [inbox.receiver()],
      groupWait: '0s',
    };
    const trial = await new TrialEngine(options, { a: '1+1x2000' }).start();
    await trial.pass(4 * 3_600 - 60);
    expect(inbox.told).toHaveLength(1);
    await trial.pass(400);
    expect(inbox.told).toHaveLength(2);
  });

  it('A receiver that is down for ten minutes gets the notification once, after it is back', async () => {
    const inbox = new Inbox();
    const trial = await new TrialEngine(
      { rules: [rule], receivers: [inbox.receiver()] },
      always,
    ).start();
    inbox.failure = new NotificationError('the target answered 503');
    await trial.pass(FIRST + 600);
    expect(inbox.attempts).toBeGreaterThan(5);
    expect(inbox.attempts).toBeLessThan(40);
    inbox.failure = undefined;
    await trial.pass(300);
    expect(inbox.told).toEqual(['firing A:firing']);
    await trial.pass(1_200);
    expect(inbox.told).toHaveLength(1);
    expect(
      trial.metric('eventcore_alert_notifications_total', {
        receiver: 'inbox',
        outcome: 'success',
      }),
    ).toBe(1);
    expect(
      trial.metric('eventcore_alert_notifications_total', {
        receiver: 'inbox',
        outcome: 'failure',
      }),
    ).toBeGreaterThan(0);
  });

  it('A target that asks to be left alone for ten minutes is not asked for any group meanwhile', async () => {
    const inbox = new Inbox();
    const rules = [rule, { ...rule, name: 'B' }];
    const options = { rules, receivers: [inbox.receiver()] };
    const trial = await new TrialEngine(options, always).start();
    inbox.failure = new NotificationError('the target answered 429', { retryAfterMs: 600_000 });
    await trial.pass(FIRST + 590);
    expect(inbox.attempts).toBe(1);
    inbox.failure = undefined;
    await trial.pass(400);
    expect(inbox.told.toSorted()).toEqual(['firing A:firing', 'firing B:firing']);
  });

  it('A final failure is not tried again before the next flush, and Retry-After is kept', async () => {
    const inbox = new Inbox();
    const trial = await new TrialEngine(
      { rules: [rule], receivers: [inbox.receiver()] },
      always,
    ).start();
    inbox.failure = new NotificationError('the target answered 400', { isFinal: true });
    await trial.pass(FIRST + 200);
    expect(inbox.attempts).toBe(1);
    inbox.failure = new NotificationError('the target answered 429', { retryAfterMs: 120_000 });
    await trial.pass(105);
    expect(inbox.attempts).toBe(2);
    inbox.failure = undefined;
    await trial.pass(105);
    expect(inbox.attempts).toBe(2);
    await trial.pass(20);
    expect(inbox.told).toEqual(['firing A:firing']);
  });

  it('Of two replicas, the one that leads notifies, and the other takes over without telling twice at once', async () => {
    const [one, other] = [new Inbox(), new Inbox()];
    let leader = 'one';
    const first = await new TrialEngine(
      { rules: [rule], receivers: [one.receiver()] },
      always,
    ).start(() => leader === 'one');
    const second = await new TrialEngine(
      { rules: [rule], receivers: [other.receiver()] },
      always,
    ).start(() => leader === 'other');
    await Promise.all([first.pass(120), second.pass(120)]);
    expect([one.told.length, other.told.length]).toEqual([1, 0]);
    expect(second.engine.current()).toEqual([]);
    expect(second.metric('eventcore_alert_evaluations_total', { outcome: 'success' })).toBe(0);
    leader = 'other';
    await Promise.all([first.pass(600), second.pass(600)]);
    expect([one.told.length, other.told.length]).toEqual([1, 1]);
    expect(first.engine.current()).toEqual([]);
  });

  it.each([
    ['has ended meanwhile', '1x8 0x200', ['resolved A:resolved'], []],
    ['still fires', '1x200', [], [{ name: 'A', state: 'firing' }]],
  ])(
    'With a state that they share, a replica that takes the lead tells the end of an alert that the other told, once, where it %s',
    async (_, values, told, current) => {
      const [one, other] = [new Inbox(), new Inbox()];
      let leader = 'one';
      let saved: string | undefined;
      const state = { load: async () => saved, save: async (text: string) => void (saved = text) };
      const start = (inbox: Inbox, name: string) =>
        new TrialEngine({ rules: [rule], receivers: [inbox.receiver()] }, { a: values }).start(
          () => leader === name,
          state,
        );
      const [first, second] = [await start(one, 'one'), await start(other, 'other')];
      await Promise.all([first.pass(105), second.pass(105)]);
      expect(one.told).toEqual(['firing A:firing']);
      leader = 'none';
      await Promise.all([first.pass(60), second.pass(60)]);
      leader = 'other';
      await Promise.all([first.pass(900), second.pass(900)]);
      expect([one.told, other.told]).toEqual([['firing A:firing'], told]);
      expect(second.engine.current()).toMatchObject(current);
      expect([...first.faults, ...second.faults]).toEqual([]);
    },
  );

  it('The time of a pending alert goes on in the replica that takes the lead', async () => {
    let leader = 'one';
    let saved: string | undefined;
    const state = { load: async () => saved, save: async (text: string) => void (saved = text) };
    const start = (name: string) =>
      new TrialEngine({ rules: [{ ...rule, for: '2m' }] }, always).start(
        () => leader === name,
        state,
      );
    const [first, second] = [await start('one'), await start('other')];
    await Promise.all([first.pass(90), second.pass(90)]);
    leader = 'other';
    await Promise.all([first.pass(60), second.pass(60)]);
    expect(second.engine.current()).toMatchObject([{ state: 'firing' }]);
  });

  it.each([
    ['whose rule is gone', [{ ...rule, name: 'B' }], 60],
    ['of more than an hour ago', [rule], 4_000],
  ])(
    'After a restart with files, the end of an alert %s is told',
    async (_, rules, afterSeconds) => {
      const directory = mkdtempSync(join(tmpdir(), 'alert-gone-'));
      const inbox = new Inbox();
      const start = async (own: readonly AlertRuleOptions[], values: string, afterMs = 0) => {
        const options = { rules: own, receivers: [inbox.receiver()] };
        const trial = new TrialEngine(options, { a: values }, { afterMs });
        trial.directory = directory;
        return trial.start();
      };
      const first = await start([rule], '1x99');
      await first.pass(60);
      await first.engine.stop();
      const second = await start(rules, '0x99', (60 + afterSeconds) * 1_000);
      await second.pass(60);
      expect(inbox.told).toEqual(['firing A:firing', 'resolved A:resolved']);
      await second.engine.stop();
      rmSync(directory, { recursive: true });
    },
  );

  it('An alert that fires again after the lead came back is told, although this process had told it before', async () => {
    const inbox = new Inbox();
    let leads = true;
    const trial = await new TrialEngine(
      { rules: [rule], receivers: [inbox.receiver()] },
      always,
    ).start(() => leads);
    await trial.pass(60);
    leads = false;
    await trial.pass(60);
    leads = true;
    await trial.pass(120);
    expect(inbox.told).toEqual(['firing A:firing', 'firing A:firing']);
  });

  it('Rules with a shorter interval than that of the engine are first evaluated after their own', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'short-interval-'));
    const path = join(directory, 'rules.yaml');
    const group = { name: 'g', interval: '2s', rules: [{ alert: 'A', expr: 'a > 0' }] };
    writeFileSync(path, JSON.stringify({ groups: [group] }));
    const trial = await new TrialEngine({ ruleFiles: [path] }, always).start();
    await trial.pass(3);
    expect(trial.engine.current()).toMatchObject([{ name: 'A', state: 'firing' }]);
    rmSync(directory, { recursive: true });
  });

  it('An alert fires after its time although one timer was late and the next one was not', async () => {
    const waits = { ...rule, for: '15s' };
    const trial = await new TrialEngine({ rules: [waits] }, always).start();
    const { clock } = trial.timers;
    const beganMs = clock.wallMs();
    clock.advance(20);
    await trial.pass(15);
    expect(trial.engine.current()).toMatchObject([{ state: 'pending' }]);
    await trial.timers.advance(30_001 - (clock.wallMs() - beganMs));
    for (let i = 0; i < 4; i++) await settled();
    expect(trial.engine.current()).toMatchObject([{ state: 'firing' }]);
  });

  it('An evaluation that is slower than its interval makes the next ones skip, and they are counted', async () => {
    let release = () => undefined as void;
    const slow = { select: () => new Promise<never[]>((resolve) => (release = () => resolve([]))) };
    const trial = await new TrialEngine({ rules: [rule] }, {}, { source: slow }).start();
    await trial.pass(44);
    const evaluations = (outcome: string) =>
      trial.metric('eventcore_alert_evaluations_total', { outcome });
    expect(evaluations('skipped')).toBe(1);
    release();
    for (let i = 0; i < 5; i++) await settled();
    expect(evaluations('success')).toBe(1);
  });

  it('A rule that fails is counted and shown, and the others are evaluated', async () => {
    const inbox = new Inbox();
    const broken = { name: 'B', query: 'a * on() group_left a', severity: 'info' };
    const trial = await new TrialEngine(
      { rules: [broken, rule], receivers: [inbox.receiver()] },
      { 'a{p="x"}': '1x99', 'a{p="y"}': '1x99' },
    ).start();
    await trial.pass(FIRST);
    expect(trial.engine.groups()[0]?.rules).toMatchObject([
      { name: 'B', health: 'err', lastError: expect.stringContaining('duplicate') },
      { name: 'A', health: 'ok', query: 'a > 0' },
    ]);
    expect(trial.metric('eventcore_alert_evaluations_total', { outcome: 'failure' })).toBe(3);
    expect(inbox.notifications[0]?.alerts).toHaveLength(2);
    expect(trial.metric('eventcore_alerts', { alertname: 'A', state: 'firing' })).toBe(2);
  });

  it('Pending alerts, told alerts and silences survive a restart with files', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'alert-state-'));
    try {
      const waits = { ...rule, name: 'Waits', for: '10m' };
      const inbox = new Inbox();
      const options = { rules: [rule, waits], receivers: [inbox.receiver()] };
      const start = async (values: Readonly<Record<string, string>>, afterMs = 0) => {
        const trial = new TrialEngine(options, values, { afterMs });
        trial.directory = directory;
        return trial.start();
      };
      const first = await start(always);
      const endsAtMs = first.timers.clock.wallMs() + 3_600_000;
      await first.pass(300);
      first.engine.addSilence({
        matchers: [{ name: 'p', operator: '=', value: 'z' }],
        endsAtMs,
        createdBy: 'me',
        comment: 'test',
      });
      await first.engine.stop();
      expect(inbox.told).toEqual(['firing A:firing']);

      const second = await start({ a: '_x3 1x400' }, 310_000);
      await second.pass(30);
      // The file is read by the system, in its own time.
      const states = () => second.engine.current().map(({ name, state }) => `${name} ${state}`);
      await expect.poll(states).toEqual(['A firing', 'Waits pending']);
      expect(second.engine.silences()).toMatchObject([{ createdBy: 'me', state: 'active' }]);
      await second.pass(420);
      await expect.poll(states).toEqual(['A firing', 'Waits firing']);
      await expect.poll(() => inbox.told).toEqual(['firing A:firing', 'firing Waits:firing']);
      await second.engine.stop();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('series that rules record', () => {
  it('Recorded series and ALERTS of the last minutes survive a restart with files, and rules see them at once', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'alert-series-'));
    try {
      const path = join(directory, 'rules.yaml');
      const rules = [
        { record: 'a:twice', expr: '2 * a' },
        { alert: 'Long', expr: 'count_over_time(a:twice[3m]) >= 8 and a:twice == 2' },
      ];
      writeFileSync(path, JSON.stringify({ groups: [{ name: 'g', rules }] }));
      const start = async (afterMs: number) => {
        const trial = new TrialEngine({ ruleFiles: [path] }, always, { afterMs });
        trial.directory = directory;
        return trial.start();
      };
      const first = await start(0);
      await first.pass(180);
      const select = (trial: TrialEngine, name: string) => {
        const matchers = [new LabelMatcher('__name__', '=', name)];
        return trial.joined!.select({ matchers, fromMs: 0, toMs: Infinity });
      };
      const [before] = await select(first, 'a:twice');
      expect(before?.timesMs).toHaveLength(12);
      await first.engine.stop();
      expect(first.joined).toBeUndefined();

      const second = await start(190_000);
      const timesOf = async (name: string) => (await select(second, name))[0]?.timesMs;
      await expect.poll(() => timesOf('a:twice')).toEqual(before?.timesMs);
      expect(await timesOf('ALERTS')).toHaveLength(5);
      await second.pass(15);
      expect(second.engine.current()).toMatchObject([{ name: 'Long', value: 12 }]);
      expect(await timesOf('a:twice')).toHaveLength(13);
      await second.engine.stop();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('An engine that is stopped while it reads the state of an earlier one does not lose it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'alert-stop-'));
    try {
      const start = async () => {
        const trial = new TrialEngine({ rules: [rule] }, always);
        trial.directory = directory;
        return trial.start();
      };
      const first = await start();
      await first.pass(30);
      await first.engine.stop();
      const second = new TrialEngine({ rules: [rule] }, always, { afterMs: 40_000 });
      second.directory = directory;
      const starting = second.start();
      await settled();
      await second.engine.stop();
      await starting;
      const { alerts } = JSON.parse(readFileSync(join(directory, 'alerts.json'), 'utf8'));
      expect(alerts).toHaveLength(1);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('what keeps notifications back', () => {
  it('A silenced alert is not told, and is told once its silence has ended', async () => {
    const inbox = new Inbox();
    const trial = await new TrialEngine(
      { rules: [rule], receivers: [inbox.receiver()] },
      always,
    ).start();
    const { id } = trial.engine.addSilence({
      matchers: [{ name: 'alertname', operator: '=~', value: 'A|B' }],
      endsAtMs: trial.timers.clock.wallMs() + 3_600_000,
      createdBy: 'me',
      comment: 'known',
    });
    await trial.pass(400);
    expect(inbox.told).toEqual([]);
    expect(trial.engine.current()).toMatchObject([{ name: 'A', silencedBy: [id] }]);
    expect(trial.engine.expireSilence(id)).toBe(true);
    expect(trial.engine.expireSilence('other')).toBe(false);
    await trial.pass(310);
    expect(inbox.told).toEqual(['firing A:firing']);
  });

  it.each([
    [{ matchers: [] }, /matchers/],
    [{ matchers: [{ name: 'a', operator: '=', value: '' }] }, /matchers/],
    [{ matchers: [{ name: 'a', operator: '=~', value: '(' }] }, /matchers/],
    [{ endsAtMs: 1 }, /endsAtMs/],
    [{ comment: ' ' }, /comment/],
  ])('The silence %j is refused', async (part, subject) => {
    const trial = await new TrialEngine({}, {}).start();
    const valid = {
      matchers: [{ name: 'a', operator: '=', value: 'b' }],
      endsAtMs: trial.timers.clock.wallMs() + 1_000,
      createdBy: 'me',
      comment: 'why',
    } as const;
    expect(trial.engine.addSilence(valid).state).toBe('active');
    expect(() => trial.engine.addSilence({ ...valid, ...(part as object) })).toThrow(subject);
  });

  it('The end of an alert under a silence is told after it, although its group had other news meanwhile', async () => {
    const inbox = new Inbox();
    const trial = await new TrialEngine(
      { rules: [rule], receivers: [inbox.receiver()] },
      { 'a{p="x"}': '1x8 0x200', 'a{p="y"}': '0x20 1x300' },
    ).start();
    await trial.pass(100);
    trial.engine.addSilence({
      matchers: [{ name: 'p', operator: '=', value: 'x' }],
      endsAtMs: trial.timers.clock.wallMs() + 600_000,
      createdBy: 'me',
      comment: 'test',
    });
    await trial.pass(560);
    expect(inbox.told).toEqual(['firing A:firing', 'firing A:firing']);
    await trial.pass(300);
    expect(inbox.told.slice(2)).toEqual(['firing A:firing A:resolved']);
    expect(inbox.notifications[2]?.alerts[1]?.labels).toMatchObject({ p: 'x' });
    await trial.pass(1_200);
    expect(inbox.told).toHaveLength(3);
  });

  it('The end of an alert under a silence is told after it, although all other alerts have ended as well', async () => {
    const inbox = new Inbox();
    const trial = await new TrialEngine(
      { rules: [rule], receivers: [inbox.receiver()] },
      { 'a{p="x"}': '1x8 0x200', 'a{p="y"}': '1x20 0x200' },
    ).start();
    await trial.pass(100);
    trial.engine.addSilence({
      matchers: [{ name: 'p', operator: '=', value: 'x' }],
      endsAtMs: trial.timers.clock.wallMs() + 400_000,
      createdBy: 'me',
      comment: 'test',
    });
    await trial.pass(900);
    const labels = inbox.notifications.map(({ status, alerts }) => [
      status,
      ...alerts.map((it) => it.labels['p']),
    ]);
    expect(labels).toEqual([
      ['firing', 'x', 'y'],
      ['resolved', 'y'],
      ['resolved', 'x'],
    ]);
  });

  it('A critical alert keeps the warning on the same thing back, and not that on another', async () => {
    const inbox = new Inbox();
    const trial = await new TrialEngine(
      {
        rules: [
          { name: 'Worse', query: 'a > 1', severity: 'critical' },
          { name: 'Bad', query: 'a > 0', severity: 'warning' },
        ],
        receivers: [inbox.receiver()],
        inhibitions: [
          { source: ['severity="critical"'], target: ['severity="warning"'], equal: ['p'] },
        ],
      },
      { 'a{p="x"}': '2x99', 'a{p="y"}': '1x99' },
    ).start();
    await trial.pass(FIRST);
    expect(inbox.told.toSorted()).toEqual(['firing Bad:firing', 'firing Worse:firing']);
    expect(
      inbox.notifications
        .flatMap(({ alerts }) => alerts.map(({ labels }) => labels['p']))
        .toSorted(),
    ).toEqual(['x', 'y']);
    expect(trial.engine.current().filter(({ isInhibited }) => isInhibited)).toMatchObject([
      { name: 'Bad', labels: { p: 'x' } },
    ]);
  });

  it('Nothing is sent at a muted time, and the alert is told after it', async () => {
    const inbox = new Inbox();
    // The clock of the test begins at midnight.
    const options = {
      rules: [rule],
      receivers: [inbox.receiver()],
      routes: [{ receivers: ['inbox'], muteTimes: ['night'] }],
      muteTimes: { night: [{ times: [{ start: '00:00', end: '00:15' }] }] },
    };
    const trial = await new TrialEngine(options, always).start();
    await trial.pass(14 * 60);
    expect(inbox.told).toEqual([]);
    await trial.pass(6 * 60);
    expect(inbox.told).toEqual(['firing A:firing']);
  });

  it('An alert takes the first route that matches, and later ones after one that continues', async () => {
    const inboxes = { all: new Inbox(), team: new Inbox(), rest: new Inbox() };
    const receivers = Object.entries(inboxes).map(([name, it]) => it.receiver(name));
    const routes = [
      { receivers: ['all'], groupBy: [], continue: true },
      { receivers: ['team'], matchers: ['team=~"a|b"'] },
      { receivers: ['rest'] },
    ];
    const rules = [
      { ...rule, labels: { team: '{{ $labels.p }}' } },
      { ...rule, name: 'B', labels: { team: 'c' } },
    ];
    const trial = await new TrialEngine(
      { rules, receivers, routes },
      { 'a{p="a"}': '1x99' },
    ).start();
    await trial.pass(FIRST);
    expect(inboxes.all.told).toEqual(['firing A:firing B:firing']);
    expect(inboxes.team.told).toEqual(['firing A:firing']);
    expect(inboxes.rest.told).toEqual(['firing B:firing']);
  });

  it('The watchdog goes to a receiver with a route for it only, again and again', async () => {
    const [pager, pulse] = [new Inbox(), new Inbox()];
    const route = {
      matchers: ['severity="none"'],
      groupBy: [],
      groupWaitMs: 0,
      groupIntervalMs: 60_000,
      repeatIntervalMs: 60_000,
    };
    const receivers = [
      pager.receiver('pager'),
      pulse.receiver('pulse', { sendsResolved: false, route }),
    ];
    const trial = await new TrialEngine({ shipped: {}, receivers }, {}).start();
    await trial.pass(320);
    expect(pager.told).toEqual([]);
    expect(pulse.told.length).toBeGreaterThanOrEqual(5);
  });
});
