import { describe, expect, it } from 'vitest';
import type { HeadAnswer, HeadSource } from '../../../../lib/projections/head-source.js';
import type { ProjectionScope } from '../../../../lib/projections/projection-scope.js';
import { observedProjections } from '../observed-projections.js';
import { projectionKind } from '../../../../lib/kinds/projection.decorator.js';

const LAG = 'eventcore_projection_lag_seconds';

function headOf(answer: (scope: ProjectionScope) => HeadAnswer): HeadSource {
  return {
    observe: async (scopes) => new Map(scopes.map((it) => [it.key, answer(it)])),
  };
}

describe('an idle projection', () => {
  it('An idle projection has zero lag after an hour, with a head or with nothing but its handler', async () => {
    const { projections, timers, read, recorder, clock } = observedProjections();
    projections.configure('observed', { head: headOf(() => ({ head: 5 })) });
    recorder('observed').checkpoint(5);
    const handler = projections.bind({ kind: projectionKind, name: 'pushed', labels: {} });
    handler.applied?.(clock.wallMs() - 2_000, undefined);
    handler.succeeded(0, 1, undefined);
    projections.start();
    await timers.advance(1_000);
    expect(read(LAG)).toEqual({ observed: 0, pushed: 2 });
    await timers.advance(3_600_000);
    expect(read(LAG)).toEqual({ observed: 0, pushed: 0 });
  });
});

describe('a projection that is behind', () => {
  it('A projection that is behind is stalled when it has not moved for its limit, and not when it moves slowly', async () => {
    const { projections, timers, recorder } = observedProjections();
    const head = headOf(() => ({ head: 1_000 }));
    for (const name of ['stuck', 'slow']) {
      projections.configure(name, { head, stalledAfterMs: 60_000 });
      recorder(name).checkpoint(0);
    }
    projections.start();
    await timers.advance(0);
    for (let second = 1; second < 60; second++) {
      await timers.advance(1_000);
      if (second % 50 === 0) recorder('slow').checkpoint(second);
    }
    expect(projections.progress().map(({ stalled }) => stalled)).toEqual([false, false]);
    await timers.advance(1_000);
    expect(projections.progress().map(({ stalled }) => stalled)).toEqual([true, false]);
  });

  it('A projection that is behind is as far behind as the partition of the application that is furthest', async () => {
    const { projections, timers, read, recorder, clock } = observedProjections();
    const nowMs = clock.wallMs();
    const head = headOf(({ partition, checkpoint }) => ({
      head: 10,
      pendingEvents: 10 - Number(checkpoint),
      oldestPendingMs: nowMs - (partition === 'a' ? 7_000 : 3_000),
    }));
    projections.configure('p', { head, partitions: ['a', 'b'] });
    recorder().checkpoint(8, 'a');
    projections.start();
    await timers.advance(0);
    expect(read(LAG)).toEqual({});
    recorder().checkpoint(4, 'b');
    await timers.advance(5_000);
    expect(read('eventcore_projection_lag_events')).toEqual({ p: 6 });
    expect(read(LAG)).toEqual({ p: 12 });
    recorder().checkpoint(10, 'a');
    recorder().checkpoint('10', 'b');
    expect(read(LAG)).toEqual({ p: 0 });
  });
});

describe('a loop that does not turn any more', () => {
  it('A loop that does not turn any more makes its projection stalled, though it is caught up', async () => {
    const { recorder, timers } = observedProjections();
    recorder().polled();
    await timers.advance(59_999);
    expect(recorder().progress().stalled).toBe(false);
    await timers.advance(1);
    expect(recorder().progress().stalled).toBe(true);
    recorder().pause();
    expect(recorder().progress().stalled).toBe(false);
    recorder().resume();
    expect(recorder().progress().stalled).toBe(false);
  });
});

describe('a rebuild of 100,000 events', () => {
  it('A rebuild of 100,000 events leaves latency alone, tells how long it takes, and is told from live by mode and state', async () => {
    const { projections, timers, read, observations, recorder, clock } = observedProjections();
    const head = headOf(({ checkpoint, target }) => ({
      head: 100_000,
      pendingEvents: 100_000 - Number(checkpoint),
      ...(target !== undefined && { pendingToTarget: 100_000 - Number(checkpoint) }),
    }));
    projections.configure('p', { head });
    const handler = projections.bind({ kind: projectionKind, name: 'p', labels: {} });
    recorder().checkpoint(100_000);
    projections.start();
    await timers.advance(0);
    handler.applied?.(clock.wallMs() - 500, undefined);
    handler.succeeded(0, 1, undefined);
    recorder().beginRebuild(100_000);
    recorder().checkpoint(null);
    const yearAgoMs = clock.wallMs() - 365 * 86_400_000;
    for (let batch = 1; batch <= 10; batch++) {
      await timers.advance(5_000);
      for (let i = 0; i < 10_000; i++) handler.applied?.(yearAgoMs, undefined);
      handler.succeeded(0, 1, 10_000);
      recorder().checkpoint(batch * 10_000);
      if (batch !== 5) continue;
      await timers.advance(5_000);
      expect(recorder().progress()).toMatchObject({
        state: 'rebuilding',
        rebuildRatio: 0.5,
        rebuildRemainingSeconds: 25,
      });
    }
    expect(recorder().progress().state).toBe('live');
    expect(recorder().progress().rebuildRatio).toBeUndefined();
    expect(read('eventcore_projection_events_processed_total')).toEqual({
      'p live': 1,
      'p rebuild': 100_000,
    });
    expect(observations('eventcore_projection_latency_seconds')).toBe(1);
  });
});

describe('who owns a projection', () => {
  it('The ownership of a projection is polled; a failure is reported, and the previous answer holds', () => {
    const { projections, recorder, reported } = observedProjections();
    let answer: () => boolean = () => false;
    projections.configure('p', { owner: () => answer() });
    expect(recorder().progress().owned).toBe(false);
    answer = () => {
      throw new Error('no lease');
    };
    expect(recorder().progress().owned).toBe(false);
    answer = () => true;
    expect(recorder().progress().owned).toBe(true);
    answer = (() => Promise.resolve(true)) as never;
    expect(recorder().progress().owned).toBe(true);
    expect(reported.filter((it) => it.startsWith('owner'))).toHaveLength(1);
  });
});

describe('a projection that is taken over', () => {
  it('A projection that is taken over goes on with the rebuild that is begun at once', () => {
    const { projections, recorder } = observedProjections();
    let owned = false;
    projections.configure('p', { owner: () => owned });
    expect(recorder().progress().state).toBe('starting');
    owned = true;
    recorder().beginRebuild(100);
    recorder().checkpoint(40);
    expect(recorder().progress()).toMatchObject({ state: 'rebuilding', position: 40 });
  });

  it('A projection that is taken over has no counters in a process that never owned it', () => {
    const { projections, recorder, read } = observedProjections();
    let owned = false;
    projections.configure('p', { owner: () => owned });
    recorder().checkpoint(1);
    expect(read('eventcore_projection_events_skipped_total')).toEqual({});
    owned = true;
    expect(read('eventcore_projection_events_skipped_total')).toEqual({ p: 0 });
  });
});

describe('an event time in another unit than milliseconds', () => {
  it.each([
    ['seconds', 1 / 1_000],
    ['microseconds', 1_000],
    ['nanoseconds', 1_000_000],
  ])('An event time that a handler tells in %s is refused and reported', (_, factor) => {
    const { projections, clock, read, observations, reported } = observedProjections();
    const handler = projections.bind({ kind: projectionKind, name: 'p', labels: {} });
    handler.applied?.((clock.wallMs() - 2_000) * factor, undefined);
    handler.succeeded(0, 1, undefined);
    expect(observations('eventcore_projection_latency_seconds')).toBe(0);
    expect(read(LAG)).toEqual({});
    expect(reported).toEqual([expect.stringContaining('event_time')]);
    handler.applied?.(clock.wallMs() - 10 * 365 * 86_400_000, undefined);
    expect(observations('eventcore_projection_latency_seconds')).toBe(1);
  });

  it('An event time that a source tells in seconds is refused and reported, and the count stays', async () => {
    const { projections, timers, clock, read, recorder, reported } = observedProjections();
    const head = headOf(({ checkpoint }) => ({
      head: 5,
      pendingEvents: 5 - Number(checkpoint),
      oldestPendingMs: clock.wallMs() / 1_000,
    }));
    projections.configure('p', { head });
    recorder().checkpoint(3);
    projections.start();
    await timers.advance(0);
    expect([read(LAG), read('eventcore_projection_lag_events')]).toEqual([{}, { p: 2 }]);
    expect(reported).toEqual([expect.stringContaining('projection_sources')]);
  });
});
