import { describe, expect, it } from 'vitest';
import type { CheckpointSource } from '../../../../lib/projections/checkpoint-source.js';
import type { HeadAnswer, HeadSource } from '../../../../lib/projections/head-source.js';
import { type ProjectionScope, Unreadable } from '../../../../lib/projections/projection-scope.js';
import { settled } from '../../kernel/settled.js';
import { observedProjections } from '../observed-projections.js';

const LAG = 'eventcore_projection_lag_events';
const ERRORS = 'eventcore_projection_lag_observation_errors_total';

class Heads implements HeadSource {
  readonly asked: (readonly ProjectionScope[])[] = [];
  answer: (scope: ProjectionScope) => HeadAnswer | undefined = ({ checkpoint }) => ({
    head: 10,
    pendingEvents: 10 - Number(checkpoint),
  });

  async observe(scopes: readonly ProjectionScope[]) {
    this.asked.push(scopes);
    const answers = scopes.map((it) => [it.key, this.answer(it)] as const);
    return new Map(answers.filter((it): it is [string, HeadAnswer] => it[1] !== undefined));
  }
}

class Rows implements CheckpointSource {
  asked = 0;
  works = true;

  async read(scopes: readonly ProjectionScope[]) {
    this.asked++;
    if (!this.works) throw new Error('gone');
    return new Map(scopes.map(({ key, projection }) => [key, Number(projection.slice(1))]));
  }
}

describe('a hundred projections', () => {
  it('A hundred projections cost one question per source and period', async () => {
    const { projections, timers, read } = observedProjections();
    const [head, checkpoint] = [new Heads(), new Rows()];
    for (let i = 0; i < 100; i++) projections.configure(`p${i % 10}${i}`, { head, checkpoint });
    projections.start();
    await timers.advance(0);
    expect([head.asked.length, checkpoint.asked]).toEqual([1, 1]);
    expect(head.asked[0]).toHaveLength(100);
    expect(new Set(head.asked[0]?.map(({ key }) => key)).size).toBe(100);
    await timers.advance(15_000);
    expect([head.asked.length, checkpoint.asked]).toEqual([4, 4]);
    for (let scrape = 0; scrape < 5; scrape++) read(LAG);
    expect([head.asked.length, checkpoint.asked]).toEqual([4, 4]);
  });
});

describe('the cause of a reading that fails', () => {
  it('Progress carries which source failed, with which error and since when, until it answers', async () => {
    const { projections, timers, clock, status } = observedProjections();
    const [head, checkpoint] = [new Heads(), new Rows()];
    projections.configure('p1', { head, checkpoint });
    projections.start();
    await timers.advance(0);
    const failure = () => status.list()[0]?.readFailure;
    expect(failure()).toBeUndefined();
    const refused = Object.assign(new Error('connect postgres://me:secret@db'), {
      code: 'ECONNREFUSED',
    });
    head.answer = () => new Unreadable(refused);
    await timers.advance(5_000);
    const sinceMs = clock.wallMs();
    expect(status.list()[0]?.unreadable).toBe(false);
    expect(failure()).toEqual({ source: 'head', error: 'Error ECONNREFUSED', sinceMs });
    head.answer = () => new Unreadable(new TypeError('no such table'));
    await timers.advance(60_000);
    expect(status.list()[0]?.unreadable).toBe(true);
    expect(failure()).toEqual({ source: 'head', error: 'TypeError', sinceMs });
    head.answer = () => ({ head: 1, pendingEvents: 0 });
    await timers.advance(60_000);
    expect(failure()).toBeUndefined();
    checkpoint.works = false;
    await timers.advance(5_000);
    expect(failure()).toMatchObject({ source: 'checkpoint', error: 'Error' });
    projections.configure('p1', { head: new Heads() });
    expect(failure()).toBeUndefined();
  });

  it('A source that does not answer in time has a failure with a code', async () => {
    const { projections, timers, status } = observedProjections();
    const head: HeadSource = { observe: () => new Promise(() => undefined) };
    projections.configure('p1', { head });
    projections.start();
    await timers.advance(3_000);
    expect(status.list()[0]?.readFailure?.error).toBe('Error ETIMEDOUT');
    await timers.advance(10_000);
    expect(status.list()[0]?.readFailure?.error).toBe('Error ETIMEDOUT');
  });

  it('A partition that fails is told although the others answer', async () => {
    const { projections, timers, status } = observedProjections();
    const head = new Heads();
    head.answer = ({ partition }) =>
      partition === 'b' ? new Unreadable(new RangeError('gone')) : { head: 1, pendingEvents: 0 };
    projections.configure('p1', { head, partitions: ['a', 'b', 'c'] });
    projections.start();
    await timers.advance(0);
    expect(status.list()[0]?.readFailure).toMatchObject({ source: 'head', error: 'RangeError' });
  });
});

describe('what cannot be read', () => {
  it('Progress that cannot be read is counted for its projection, and the others are known', async () => {
    const { projections, timers, read, reported } = observedProjections();
    const head = new Heads();
    head.answer = ({ projection, checkpoint }) => {
      if (projection === 'p1') return new Unreadable(new Error('no such stream'));
      if (projection === 'p2') return undefined;
      if (projection === 'p3') return { head: 10, pendingEvents: -1 };
      return { head: 10, pendingEvents: 10 - Number(checkpoint) };
    };
    const checkpoint = new Rows();
    for (let i = 0; i < 5; i++) projections.configure(`p${i}`, { head, checkpoint });
    projections.start();
    await timers.advance(0);
    expect(read(LAG)).toEqual({ p0: 10, p4: 6 });
    expect(read(ERRORS)).toEqual({ p0: 0, p1: 1, p2: 1, p3: 1, p4: 0 });
    expect(reported[0]).toContain('no such stream');
  });

  it('Progress that cannot be read is not asked about the head without a checkpoint to compare it with', async () => {
    const { projections, timers } = observedProjections();
    const [head, checkpoint] = [new Heads(), new Rows()];
    checkpoint.works = false;
    projections.configure('p1', { head, checkpoint });
    projections.start();
    await timers.advance(0);
    expect(head.asked).toEqual([]);
  });

  it('Progress that cannot be read of one source does not hold up the next period of another', async () => {
    const { projections, timers, read } = observedProjections();
    const hanging: HeadSource = { observe: () => new Promise(() => undefined) };
    const head = new Heads();
    head.answer = () => ({ head: 10, pendingEvents: 3, checkpoint: 7 });
    projections.configure('hangs', { head: hanging });
    projections.configure('works', { head });
    projections.start();
    await timers.advance(60_000);
    expect(head.asked.length).toBeGreaterThanOrEqual(8);
    expect(read(LAG)).toEqual({ works: 3 });
    expect(read(ERRORS)['hangs']).toBeGreaterThan(2);
  });
});

describe('an answer', () => {
  it('A health answer that comes after the projection was handed over is dropped, and after it came back', async () => {
    const { projections, timers, read } = observedProjections();
    let answer: (it: ReadonlyMap<string, HeadAnswer>) => void = () => undefined;
    const head: HeadSource = { observe: () => new Promise((resolve) => (answer = resolve)) };
    let owned = true;
    projections.configure('p', { head, owner: () => owned });
    projections.start();
    await timers.advance(0);
    owned = false;
    expect(read(LAG)).toEqual({});
    owned = true;
    read(LAG);
    answer(new Map([['0', { head: 10, pendingEvents: 3, checkpoint: 7 }]]));
    await settled();
    expect(read(LAG)).toEqual({});
  });

  it('A health answer is not waited for when the application ends', async () => {
    const { projections, timers } = observedProjections();
    let signal: AbortSignal | undefined;
    const head: HeadSource = {
      observe: (_, it) => {
        signal = it;
        return new Promise(() => undefined);
      },
    };
    projections.configure('p', { head });
    projections.start();
    await timers.advance(0);
    projections.stop();
    expect(signal?.aborted).toBe(true);
    await settled();
    expect(timers.pending).toBe(0);
  });
});

describe('a projection of another process', () => {
  it('A projection of another process is asked nothing about', async () => {
    const { projections, timers } = observedProjections();
    const head = new Heads();
    projections.configure('p', { head, owner: () => false });
    projections.start();
    await timers.advance(20_000);
    expect(head.asked).toEqual([]);
  });
});
