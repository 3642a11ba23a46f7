import { expect, it } from 'vitest';
import { retryAfterMs, retryDelayMs } from '../../../../lib/logging/sinks/network/verdict.js';
import { ShipperTrial } from './sink-trial.js';

const names = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `n${from + i}`);

it('Lines wait for their batch to fill, or for the interval', async () => {
  const trial = new ShipperTrial();
  trial.write(...names(3));
  await trial.timers.advance(999);
  expect(trial.requests).toEqual([]);
  await trial.timers.advance(1);
  expect(trial.requests).toEqual([names(3)]);
  trial.write(...names(25, 3));
  await trial.timers.advance(0);
  expect(trial.requests.slice(1)).toEqual([names(10, 3), names(10, 13)]);
  await trial.timers.advance(1_000);
  expect(trial.taken).toEqual(names(28));
  expect(trial.host.outcomes).toEqual(['success', 'success', 'success', 'success']);
  expect(trial.shipper.bufferedBytes).toBe(0);
  expect(trial.timers.pending).toBe(0);
});

it('A batch ends before the line that exceeds its bytes', async () => {
  const trial = new ShipperTrial({ batch: { lines: 100, bytes: 1_000 } });
  trial.write('a'.repeat(400), 'b'.repeat(400), 'c'.repeat(5_000), 'd');
  await trial.timers.advance(2_000);
  expect(trial.requests.map((it) => it.map((text) => text[0]).join(''))).toEqual([
    'a',
    'b',
    'c',
    'd',
  ]);
});

it('One request is under way at a time', async () => {
  const trial = new ShipperTrial();
  trial.replies.push('pending');
  trial.write(...names(35));
  await trial.timers.advance(60_000);
  expect(trial.requests).toHaveLength(1);
});

it('A receiver that is down gets every line once and in order when it is back, after growing pauses', async () => {
  const trial = new ShipperTrial();
  trial.fallback = Object.assign(new Error('connect to secret:hunter2@host'), {
    code: 'ECONNREFUSED',
  });
  for (let second = 0; second < 30; second++) {
    trial.write(`n${second}`);
    await trial.timers.advance(1_000);
  }
  expect(trial.requests.length).toBeLessThan(8);
  expect(trial.host.faults[0]).toBe(
    'Error: trial: the receiver cannot be reached, or does not answer (Error ECONNREFUSED)',
  );
  trial.fallback = { status: 200 };
  await trial.timers.advance(60_000);
  expect(trial.taken).toEqual(names(30));
  expect(trial.host.lost).toBe(0);
});

it.each([408, 425, 429, 500, 502, 503, 504, 599])(
  'Lines are sent again after the status %d',
  async (status) => {
    const trial = new ShipperTrial();
    trial.replies.push({ status }, { status });
    trial.write('a');
    await trial.timers.advance(10_000);
    expect(trial.taken).toEqual(['a']);
    expect(trial.host.outcomes).toEqual(['failure', 'failure', 'success']);
    expect(trial.host.lost).toBe(0);
  },
);

it.each([301, 400, 401, 403, 404, 422])(
  'Lines are dropped and counted after the status %d',
  async (status) => {
    const trial = new ShipperTrial();
    trial.replies.push({ status });
    trial.write('a', 'b');
    await trial.timers.advance(1_000);
    trial.write('c');
    await trial.timers.advance(1_000);
    expect(trial.taken).toEqual(['c']);
    expect(trial.host.drops).toEqual(new Map([['refused', 2]]));
    expect(trial.host.faults).toEqual([`Error: trial: the receiver answered ${status}`]);
  },
);

it('A page of a proxy in place of the receiver takes no line', async () => {
  const trial = new ShipperTrial();
  trial.replies.push({ contentType: 'text/html; charset=utf-8' });
  trial.write('a');
  await trial.timers.advance(1_000);
  expect(trial.host.outcomes).toEqual(['failure']);
  await trial.timers.advance(1_000);
  expect(trial.host.outcomes).toEqual(['failure', 'success']);
});

it('A request that is too large is sent in halves, and a single line that is too large is dropped', async () => {
  const trial = new ShipperTrial();
  trial.replies.push({ status: 413 }, { status: 413 }, { status: 413 });
  trial.write(...names(3));
  await trial.timers.advance(10_000);
  expect(trial.requests).toEqual([['n0', 'n1', 'n2'], ['n0', 'n1'], ['n0'], ['n1', 'n2']]);
  expect(trial.host.drops).toEqual(new Map([['refused', 1]]));
});

it('The next attempt waits as long as the receiver wants', async () => {
  const trial = new ShipperTrial();
  trial.replies.push({ status: 429, retryAfter: '20' });
  trial.write('a');
  await trial.timers.advance(20_999);
  expect(trial.requests).toHaveLength(1);
  trial.write(...names(20));
  await trial.timers.advance(1);
  expect(trial.requests[1]).toContain('a');
});

it('Beyond the bound the oldest lines are dropped, those under way excepted', async () => {
  const trial = new ShipperTrial({ maxBufferedBytes: 2_500 });
  trial.replies.push('pending');
  trial.write(...names(10));
  await trial.timers.advance(0);
  trial.write(...names(10, 10));
  expect(trial.shipper.bufferedBytes).toBeLessThanOrEqual(2_500);
  const lost = trial.host.drops.get('overflow') ?? 0;
  expect(lost).toBe(8);
  expect(trial.shipper.bufferedBytes).toBeGreaterThan(2_200);
});

it('The newest lines survive a receiver that is down for long', async () => {
  const trial = new ShipperTrial({ maxBufferedBytes: 2_500 });
  trial.fallback = { status: 503 };
  for (let i = 0; i < 100; i++) {
    trial.write(`n${i}`);
    await trial.timers.advance(500);
  }
  trial.fallback = { status: 200 };
  await trial.timers.advance(60_000);
  expect(trial.taken).toEqual(names(trial.taken.length, 100 - trial.taken.length));
  expect(trial.taken.length + trial.host.lost).toBe(100);
  expect(trial.taken.length).toBeGreaterThan(10);
});

it('A flush sends everything at once', async () => {
  const trial = new ShipperTrial();
  trial.write(...names(25));
  const flushed = trial.shipper.flush();
  await trial.timers.advance(0);
  await flushed;
  expect(trial.taken).toEqual(names(25));
});

it('A flush during a failure retries within its limit', async () => {
  const trial = new ShipperTrial();
  trial.replies.push({ status: 503 }, { status: 503 });
  trial.write(...names(3));
  const flushed = trial.shipper.flush();
  await trial.timers.advance(2_000);
  await flushed;
  expect(trial.taken).toEqual(names(3));
});

it('A receiver that is down or silent holds a flush up to its limit, the next one for a second, and the rest is counted', async () => {
  const trial = new ShipperTrial();
  trial.replies.push('pending');
  trial.write(...names(12));
  let ended = 0;
  void trial.shipper.flush().then(() => ended++);
  await trial.timers.advance(4_999);
  expect(ended).toBe(0);
  await trial.timers.advance(1);
  expect(ended).toBe(1);
  void trial.shipper.close().then(() => ended++);
  await trial.timers.advance(1_000);
  expect(ended).toBe(2);
  expect(trial.closed).toBe(1);
  expect(trial.host.drops).toEqual(new Map([['exit', 12]]));
  trial.write('late');
  expect(trial.host.lost).toBe(13);
  expect(trial.timers.pending).toBe(0);
});

it('A receiver that wants a longer pause than the limit ends a flush at once', async () => {
  const trial = new ShipperTrial();
  trial.fallback = { status: 503, retryAfter: '60' };
  trial.write('a');
  let isEnded = false;
  void trial.shipper.flush().then(() => (isEnded = true));
  await trial.timers.advance(0);
  expect(isEnded).toBe(true);
});

it('An exit without a flush counts the lines that wait', () => {
  const trial = new ShipperTrial();
  trial.write(...names(4));
  trial.shipper.flushSync();
  expect(trial.host.drops).toEqual(new Map([['exit', 4]]));
});

it('Lines that cannot be encoded are dropped, counted, and do not stop the others', async () => {
  let isBroken = true;
  const trial = new ShipperTrial(
    {},
    {
      request: (lines) => {
        if (isBroken) throw new TypeError('password=hunter2');
        return {
          method: 'POST',
          url: '',
          headers: {},
          body: JSON.stringify(lines.map((it) => it.record.message)),
        };
      },
    },
  );
  trial.write('a');
  await trial.timers.advance(1_000);
  isBroken = false;
  trial.write('b');
  await trial.timers.advance(1_000);
  expect(trial.taken).toEqual(['b']);
  expect(trial.host.drops).toEqual(new Map([['refused', 1]]));
  expect(trial.host.faults.join()).not.toContain('hunter2');
});

it('The preparation is repeated until the receiver answers, and one that is refused stops no line', async () => {
  const preparation = { method: 'PUT', url: '', headers: {}, body: '[]' } as const;
  const trial = new ShipperTrial({}, { preparation });
  trial.replies.push({ status: 503 }, new Error('down'), { status: 403 });
  trial.write('a');
  await trial.timers.advance(10_000);
  expect(trial.requests).toEqual([['PUT'], ['PUT'], ['PUT'], ['a']]);
  expect(trial.host.faults.at(-1)).toBe(
    'Error: trial: the receiver answered 403 to its preparation',
  );
});

it('Pauses double up to 30 seconds, with up to a half less at random', () => {
  expect([1, 2, 3, 7, 100, 2_000].map((it) => retryDelayMs(it, 0))).toEqual([
    500, 1_000, 2_000, 30_000, 30_000, 30_000,
  ]);
  expect(retryDelayMs(3, 0.5)).toBe(1_500);
  expect(retryDelayMs(1, 0, 7_000)).toBe(7_000);
  expect(retryDelayMs(1, 0, 9e9)).toBe(300_000);
});

it('Retry-After is read as seconds or a date, and rubbish as nothing', () => {
  const nowMs = Date.UTC(2026, 10, 29, 10, 0, 0);
  expect(retryAfterMs('120', nowMs)).toBe(120_000);
  expect(retryAfterMs('Sun, 29 Nov 2026 10:00:05 GMT', nowMs)).toBe(5_000);
  for (const it of ['', '-5', 'soon', '1e9', 'NaN', 'Sun, 29 Nov 2020 10:00:05 GMT'])
    expect(retryAfterMs(it, nowMs)).toBe(0);
  expect(retryAfterMs('Sun, 29 Nov 2026 10:00:05 GMT', Number.NaN)).toBe(0);
});
