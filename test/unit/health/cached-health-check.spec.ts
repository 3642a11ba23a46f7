import { describe, expect, it } from 'vitest';
import type { HealthCheckSettings, HealthLevel } from '../../../lib/health/health-check.js';
import { CachedHealthCheck } from '../../../lib/health/cached-health-check.js';
import { settled } from '../kernel/settled.js';
import { ManualTimers } from '../../../lib/testing/manual-timers.js';

type Ask = (signal: AbortSignal) => unknown;

function watched(ask: Ask, settings: Omit<HealthCheckSettings, 'name'> = {}) {
  const timers = new ManualTimers();
  const recorded: [string, HealthLevel, number][] = [];
  let asked = 0;
  const definition = {
    name: 'db',
    ...settings,
    ask: ({ signal }: { readonly signal: AbortSignal }) => {
      asked++;
      return ask(signal);
    },
  };
  const check = new CachedHealthCheck(definition, {
    clock: timers.clock,
    timers,
    record: (...it) => recorded.push(it),
  });
  return { check, timers, recorded, asked: () => asked };
}

const readingOf = async (ask: Ask) => {
  const { level, details } = await watched(ask).check.read();
  return [level, details];
};

class Refused extends Error {
  readonly code = 'ECONNREFUSED';
}

describe('an answer', () => {
  it.each([
    ['nothing', undefined, ['ok', {}]],
    ['true', true, ['ok', {}]],
    ['false', false, ['down', {}]],
    ['a level', 'degraded', ['degraded', {}]],
    ['a report', { level: 'degraded', details: { free: 1 } }, ['degraded', { free: 1 }]],
    ['a report without details', { level: 'down' }, ['down', {}]],
    ['a result of Terminus', { db: { status: 'up', ms: 3 } }, ['ok', { ms: 3 }]],
    [
      'a result of Terminus 11, which knows up and down',
      { db: { status: 'up', degraded: true } },
      ['degraded', { degraded: true }],
    ],
    [
      'two results of Terminus',
      { a: { status: 'up' }, b: { status: 'down' } },
      ['down', { a: { status: 'up' }, b: { status: 'down' } }],
    ],
  ])('A health answer of %s is understood', async (_title, answer, expected) => {
    expect(await readingOf(async () => answer)).toEqual(expected);
  });

  it.each([
    [null],
    [3],
    ['fine'],
    [{}],
    [[]],
    [{ level: 'bad' }],
    [{ db: { status: 1 } }],
    [() => 1],
  ])('A health answer of %j is down: it is none', async (answer) => {
    const reason = 'no answer of a health check';
    expect(await readingOf(() => answer)).toEqual(['down', { reason }]);
  });

  it('A health answer is down with the class and code of what was thrown, and not its message', async () => {
    const fail = () => {
      throw new Refused('postgres://shop:hunter2@db');
    };
    const error = { reason: 'Error', code: 'ECONNREFUSED' };
    expect(await readingOf(fail)).toEqual(['down', error]);
    expect(await readingOf(() => Promise.reject(new RangeError('x')))).toEqual([
      'down',
      { reason: 'RangeError' },
    ]);
    const throwNull = () => {
      throw null;
    };
    expect(await readingOf(throwNull)).toEqual(['down', { reason: 'unknown' }]);
    expect(await readingOf(() => Promise.reject(null))).toEqual(['down', { reason: 'unknown' }]);
    const causes = { db: { status: 'down', message: 'gone' } };
    expect(await readingOf(() => Promise.reject(Object.assign(new Error(), { causes })))).toEqual([
      'down',
      { message: 'gone' },
    ]);
  });

  it('A health answer tells no secret and no stack', async () => {
    const details = {
      password: 'hunter2',
      url: 'postgres://shop:hunter2@db/shop',
      dsn: 'x',
      message: `no route: password=hunter2;\n    at Pool.connect (pool.js:1:1)`,
      nested: { accessToken: 'hunter2', deeper: { deepest: { password: 'hunter2' } } },
      error: new Error('hunter2'),
      long: 'x'.repeat(1_000),
      position: 12n,
      run: () => 'hunter2',
    };
    const [, told] = await readingOf(() => ({ level: 'ok', details }));
    expect(told).toEqual({
      password: '[hidden]',
      url: 'postgres://[hidden]@db/shop',
      dsn: '[hidden]',
      message: 'no route: password=[hidden];',
      nested: { accessToken: '[hidden]', deeper: { deepest: '…' } },
      error: 'Error',
      long: `${'x'.repeat(256)}…`,
      position: '12',
    });
  });
});

describe('a check', () => {
  it('A health check is asked once by a thousand probes a second', async () => {
    const { check, timers, asked } = watched(async () => true);
    for (let i = 0; i < 1_000; i++) {
      expect(await check.read()).toMatchObject({ level: 'ok' });
      timers.clock.advance(0.99);
    }
    expect(asked()).toBe(1);
    timers.clock.advance(10);
    await Promise.all(Array.from({ length: 1_000 }, () => check.read()));
    expect(asked()).toBe(2);
  });

  it('A health check that hangs is down after its limit, is told to stop, and is not asked again for a while', async () => {
    const signals: AbortSignal[] = [];
    const hang = (signal: AbortSignal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    const { check, timers, recorded, asked } = watched(hang, { timeoutMs: 100, cacheMs: 0 });
    const first = check.read();
    await timers.advance(100);
    expect(await first).toMatchObject({
      level: 'down',
      details: { reason: 'no answer within 100 ms' },
    });
    expect(signals.map((it) => it.aborted)).toEqual([true]);
    for (let i = 0; i < 8; i++) {
      await timers.advance(100);
      expect(await check.read()).toMatchObject({ level: 'down' });
    }
    expect(asked()).toBe(1);
    expect(recorded[0]).toEqual(['db', 'down', 0.1]);
    await timers.advance(200);
    void check.read();
    await settled();
    expect(asked()).toBe(2);
  });

  it('A health check is asked again as soon as a late answer is there', async () => {
    let answer: (it: unknown) => void = () => undefined;
    const { check, timers, asked } = watched(() => new Promise((resolve) => (answer = resolve)), {
      timeoutMs: 100,
      cacheMs: 0,
    });
    const first = check.read();
    await timers.advance(100);
    expect(await first).toMatchObject({ level: 'down' });
    answer(true);
    await settled();
    const second = check.read();
    await settled();
    answer(true);
    expect(await second).toMatchObject({ level: 'ok' });
    expect(asked()).toBe(2);
  });

  it('A health check knows since when it has had its level', async () => {
    const answers = [true, true, false, false, true];
    const { check, timers } = watched(() => answers.shift(), { cacheMs: 0 });
    const start = timers.clock.wallMs();
    const since: number[] = [];
    for (let i = 0; i < 5; i++) {
      since.push((await check.read()).changedMs - start);
      timers.clock.advance(10);
    }
    expect(since).toEqual([0, 0, 20, 20, 40]);
  });

  it('A health check is asked in the background from its start to its end, and probes read the last answer', async () => {
    const { check, timers, recorded, asked } = watched(() => true, { refreshMs: 5_000 });
    check.start();
    await settled();
    await timers.advance(20_000);
    expect(asked()).toBe(5);
    expect(await check.read()).toMatchObject({ level: 'ok' });
    expect(asked()).toBe(5);
    expect(recorded.length).toBe(5);
    check.stop();
    await timers.advance(20_000);
    expect(asked()).toBe(5);
    expect(timers.pending).toBe(0);
  });
});
