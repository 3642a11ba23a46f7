import { describe, expect, it } from 'vitest';
import type { CurrentAlert } from '../../../lib/kernel/alert-port.js';
import type { Judged } from '../../../lib/live/state/reasons.js';
import { verdictOf } from '../../../lib/live/state/verdict.js';

const command = (name: string, more: object = {}) => ({
  name,
  labels: { command_type: name },
  rate: 10,
  calls: 3_000,
  failing: 0,
  rejected: 0.2,
  p95: 0.04,
  spark: [],
  ...more,
});
const projection = (name: string, more: object = {}) => ({
  name,
  state: 'live',
  lagSeconds: 0,
  lagEvents: 0,
  errors: 0,
  spark: [],
  ...more,
});
const judged = (more: Partial<Judged> = {}): Judged => ({
  commands: [command('PayOrder')],
  queries: [],
  routes: [],
  operations: [],
  jobs: [],
  projections: [projection('daily_revenue')],
  pools: [],
  breakers: [],
  checks: [],
  errors: [],
  tiles: [
    { name: 'rate', value: 41.3, note: '' },
    { name: 'failing', value: 0.002, note: '' },
    { name: 'p95', value: 0.038, note: '' },
    { name: 'oldest', value: 0, note: '' },
    { name: 'loop', value: 0.011, note: '' },
  ],
  ...more,
});
const alert = (more: Partial<CurrentAlert>): CurrentAlert => ({
  name: 'CommandErrorRateHigh',
  state: 'firing',
  labels: { alertname: 'CommandErrorRateHigh', command_type: 'PayOrder', severity: 'critical' },
  annotations: { summary: 'PayOrder fails' },
  severity: 'critical',
  value: 0.14,
  activeAtMs: 1_000,
  silencedBy: [],
  isInhibited: false,
  ...more,
});

describe('the verdict of the live page', () => {
  it('A healthy service is told by its rate, its latency and the room that is left', () => {
    expect(verdictOf(judged(), { headroom: 121.4 })).toEqual({
      level: 'healthy',
      text: '41.3 commands per second, p95 38 ms, 0.2 % failing. All projections are caught up. Room for about 120 commands per second before the event loop is full.',
      reasons: [],
    });
  });

  it('A service in which nothing has run is idle, and not healthy', () => {
    const commands = [command('PayOrder', { calls: 0, rate: 0 })];
    expect(verdictOf(judged({ commands, projections: [] }), {}).level).toBe('idle');
  });

  it('Slow commands have the event store as their likely cause where its operations are slow', () => {
    const slow = { p95: 2.1 };
    const operations = [{ ...command('append', slow), labels: { operation: 'append' } }];
    const pools = [{ name: 'pg', used: 10, max: 10, pending: 3 }];
    const { level, text } = verdictOf(
      judged({ commands: [command('PayOrder', slow)], operations, pools }),
      {},
    );
    expect(level).toBe('degraded');
    expect(text).toContain('PayOrder: p95 is 2.1 s; append: p95 is 2.1 s');
    expect(text).toMatch(/Likely cause: event store append: p95 is 2\.1 s\.$/);
  });

  it('A cause is not named twice, nor without a symptom', () => {
    const check = { name: 'db', level: 'down' as const, critical: true, text: 'no answer' };
    const slow = [command('PayOrder', { p95: 2.1 })];
    const first = verdictOf(judged({ commands: slow, checks: [check] }), {});
    expect(first.text).toMatch(/^db: down: no answer; PayOrder/);
    expect(first.text).not.toContain('Likely cause');
    const alone = verdictOf(judged({ pools: [{ name: 'pg', used: 1, max: 1, pending: 3 }] }), {});
    expect(alone.text).not.toContain('Likely cause');
  });

  it('What is unusual is told beside the verdict, and makes no service unwell', () => {
    const anomalies = [
      { signal: 'latency', sinceMs: 60_000.4, value: 0.412, expected: 0.038 },
      { signal: 'error_ratio', sinceMs: 60_000, value: 0.05, expected: 0.01 },
      { signal: 'rate', sinceMs: 60_000, value: 4.25, expected: 41.3 },
    ] as const;
    const { level, reasons } = verdictOf(judged(), { anomalies });
    expect(level).toBe('healthy');
    expect(reasons).toEqual([
      {
        level: 'note',
        about: 'p95 latency of commands',
        text: '412 ms, usually 38 ms',
        sinceMs: 60_000,
      },
      { level: 'note', about: 'failing commands', text: '5 %, usually 1 %', sinceMs: 60_000 },
      { level: 'note', about: 'commands', text: '4.3/s, usually 41.3/s', sinceMs: 60_000 },
    ]);
    const failing = verdictOf(judged({ commands: [command('Pay', { failing: 0.5 })] }), {
      anomalies,
    });
    expect(failing.level).toBe('failing');
    expect(failing.reasons).toHaveLength(4);
    expect(failing.text).not.toContain('usually');
  });

  it('Commands that fail are one reason, with the worst of them and its most frequent error', () => {
    const commands = [command('Ship', { failing: 0.08 }), command('PayOrder', { failing: 0.142 })];
    const error = { category: 'transient', source: 'command', lastMs: 1 };
    const errors = [
      { ...error, type: 'ECONNRESET', count: 40 },
      { ...error, type: 'TypeError', count: 2 },
    ];
    const { level, text, reasons } = verdictOf(judged({ commands, errors }), {});
    expect([level, text]).toEqual(['failing', 'PayOrder and 1 more: 14.2 % fail.']);
    expect(reasons).toEqual([
      {
        level: 'bad',
        alert: 'CommandErrorRateHigh',
        about: 'PayOrder',
        others: ['Ship'],
        text: '14.2 % fail, most often with ECONNRESET',
        link: 'command=PayOrder',
      },
    ]);
  });

  it('Rejections are no trouble, and few calls are not judged', () => {
    const commands = [command('A', { rejected: 0.9 }), command('B', { calls: 3, failing: 1 })];
    expect(verdictOf(judged({ commands }), {}).level).toBe('healthy');
  });

  it.each([
    [{ state: 'faulted' }, 'bad', 'ProjectionFaulted'],
    [{ state: 'unknown', lagSeconds: undefined }, 'warn', 'ProjectionHeadUnreadable'],
    [{ state: 'paused', lagSeconds: 9 }, 'warn', 'ProjectionStalled'],
    [{ state: 'catching_up', lagSeconds: 252 }, 'bad', 'ProjectionLagHigh'],
    [{ state: 'catching_up', lagSeconds: 5, isStalled: true }, 'bad', 'ProjectionStalled'],
  ])('A projection with %j is a reason of level %s: %s', (more, level, name) => {
    const { reasons } = verdictOf(judged({ projections: [projection('p', more)] }), {});
    expect(reasons.map((it) => [it.level, it.alert])).toEqual([[level, name]]);
  });

  it('A rebuild is no trouble, however far it is behind', () => {
    const rebuilding = projection('p', { state: 'rebuilding', lagSeconds: 9_999, lagEvents: 5 });
    const verdict = verdictOf(judged({ projections: [rebuilding] }), {});
    expect([verdict.level, verdict.text]).toEqual([
      'healthy',
      '41.3 commands per second, p95 38 ms, 0.2 % failing. p is being rebuilt.',
    ]);
  });

  it('A firing alert comes first, is explained by the finding about the same command, and can be silenced', () => {
    const commands = [command('PayOrder', { failing: 0.142 })];
    const { reasons } = verdictOf(judged({ commands }), { alerts: [alert({})] });
    expect(reasons).toMatchObject([
      {
        state: 'firing',
        text: '14.2 % fail',
        sinceMs: 1_000,
        silence: { command_type: 'PayOrder' },
      },
    ]);
  });

  it('An alert on a route is explained by the worst request of the route, and tells the others with it', () => {
    const of = (name: string, failing: number) => command(name, { failing });
    const routes = [of('POST /orders', 0.2), of('GET /orders', 0.4), of('GET /orders/:id', 0.3)];
    const labels = { alertname: 'HttpErrorRateHigh', http_route: '/orders' };
    const alerts = [alert({ name: 'HttpErrorRateHigh', labels })];
    const { reasons } = verdictOf(judged({ routes }), { alerts });
    expect(reasons.map(({ about, text, state }) => [about, text, state])).toEqual([
      ['GET /orders', '40 % fail', 'firing'],
      ['GET /orders/:id', '30 % fail', undefined],
    ]);
  });

  it('Commands that fail make the service failing, also while their alert is still pending', () => {
    const commands = [command('PayOrder', { failing: 0.142 })];
    const levelWith = (more: object) =>
      verdictOf(judged({ commands }), { alerts: [alert({ state: 'pending', ...more })] }).level;
    expect(levelWith({})).toBe('failing');
    expect(levelWith({ silencedBy: ['1'] })).toBe('degraded');
  });

  it('Troubles of the service come before those of its observation', () => {
    const commands = [command('PayOrder', { failing: 0.142 })];
    const labels = { alertname: 'TelemetryFaults', component: 'projection_sources' };
    const alerts = [alert({ name: 'TelemetryFaults', severity: 'warning', labels })];
    const { text, reasons } = verdictOf(judged({ commands }), { alerts });
    expect(reasons.map((it) => it.alert)).toEqual(['CommandErrorRateHigh', 'TelemetryFaults']);
    expect(text).toMatch(/^PayOrder: 14\.2 % fail; projection_sources/);
  });

  it('Alerts that are silenced page nobody, and those that are inhibited or always fire are not told', () => {
    const alerts = [
      alert({ silencedBy: ['1'] }),
      alert({ name: 'Other', isInhibited: true }),
      alert({ name: 'Watchdog', severity: 'none' }),
    ];
    const { level, reasons } = verdictOf(judged(), { alerts });
    expect([level, reasons.map((it) => [it.alert, it.state])]).toEqual([
      'degraded',
      [['CommandErrorRateHigh', 'silenced']],
    ]);
  });
});
