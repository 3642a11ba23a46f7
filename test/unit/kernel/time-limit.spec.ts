import { describe, expect, it } from 'vitest';
import { aborted, endsWithin, withinTime } from '../../../lib/kernel/time-limit.js';
import { systemTimers } from '../../../lib/kernel/timers.js';
import { ManualTimers } from '../../../lib/testing/manual-timers.js';

const never = new Promise<number>(() => undefined);
const late = () => new Error('too late');

describe('a time limit', () => {
  it('A time limit tells work that ends in time from work that is given up, and leaves no timer', async () => {
    const timers = new ManualTimers();
    expect(await endsWithin(Promise.resolve(), { limitMs: 100, timers })).toBe(true);
    expect(timers.pending).toBe(0);
    const isEnded = endsWithin(never, { limitMs: 100, timers });
    await timers.advance(99);
    expect(timers.pending).toBe(1);
    await timers.advance(1);
    expect(await isEnded).toBe(false);
    expect(timers.pending).toBe(0);
  });

  it('A time limit passes on the value and the error of work that ends in time', async () => {
    const limit = { limitMs: 100, timers: new ManualTimers() };
    expect(await withinTime(Promise.resolve(7), limit, late)).toBe(7);
    await expect(withinTime(Promise.reject(new Error('broken')), limit, late)).rejects.toThrow(
      'broken',
    );
    await expect(endsWithin(Promise.reject(new Error('broken')), limit)).rejects.toThrow('broken');
    expect(limit.timers.pending).toBe(0);
  });

  it('A time limit has an error of its own for a value that is not there in time, whatever comes later', async () => {
    const timers = new ManualTimers();
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<number>((_resolve, reject) => (fail = reject));
    const value = withinTime(work, { limitMs: 100, timers }, late).catch((error: Error) => error);
    await timers.advance(100);
    expect(await value).toEqual(new Error('too late'));
    // An unhandled rejection would fail this run.
    fail(new Error('unheard'));
    await timers.advance(1);
  });

  it('A time limit keeps the process alive only when that is wanted', async () => {
    const keeping: (boolean | undefined)[] = [];
    const timers = {
      after: (...[delayMs, run, options]: Parameters<typeof systemTimers.after>) => {
        keeping.push(options?.keepsAlive);
        return systemTimers.after(delayMs, run, options);
      },
    };
    await endsWithin(Promise.resolve(), { limitMs: 1, timers });
    await endsWithin(Promise.resolve(), { limitMs: 1, timers, keepsAlive: true });
    expect(keeping).toEqual([false, true]);
  });

  it('A time limit ends with the reason of a signal', async () => {
    const abort = new AbortController();
    const waiting = aborted(abort.signal);
    abort.abort(new Error('shut down'));
    await expect(waiting).rejects.toThrow('shut down');
  });
});
