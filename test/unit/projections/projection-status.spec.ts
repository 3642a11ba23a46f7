import { describe, expect, it } from 'vitest';
import { ProjectionWaitError } from '../../../lib/projections/model/position-waiters.js';
import { observedProjections } from './observed-projections.js';
import { projectionKind } from '../../../lib/kinds/projection.decorator.js';

const codeOf = (wait: Promise<void>) =>
  wait.then(
    () => 'reached',
    (error: unknown) => (error instanceof ProjectionWaitError ? error.code : error),
  );

describe('waiting for a position', () => {
  it('Waiting for a position is over at once when it is applied', async () => {
    const { status, recorder, timers } = observedProjections();
    recorder().checkpoint(5);
    await status.waitFor('p', 5n);
    expect(timers.pending).toBe(0);
  });

  it('Waiting for a position is over as soon as the runner commits it, and not before', async () => {
    const { status, recorder, timers } = observedProjections();
    let isOver = false;
    const wait = status.waitFor('p', 5).then(() => (isOver = true));
    recorder().checkpoint(4);
    await timers.advance(1_000);
    expect(isOver).toBe(false);
    recorder().checkpoint(6);
    await wait;
    expect(timers.pending).toBe(0);
  });

  it('Waiting for a position is over as soon as a handler has applied it', async () => {
    const { status, projections } = observedProjections();
    const handler = projections.bind({ kind: projectionKind, name: 'p', labels: {} });
    const wait = status.waitFor('p', '10');
    handler.applied?.(NaN, 10n);
    handler.succeeded(0, 1, undefined);
    await expect(wait).resolves.toBeUndefined();
  });

  it('Waiting for a position ends with an error when time is up', async () => {
    const { status, recorder, timers } = observedProjections();
    const wait = status.waitFor('p', 5, { timeoutMs: 100 });
    const code = codeOf(wait);
    recorder().checkpoint(4);
    await timers.advance(100);
    expect(await code).toBe('OBS_WAIT_TIMEOUT');
    await expect(wait).rejects.toMatchObject({ projection: 'p', position: 5 });
    recorder().checkpoint(5);
  });

  it('Waiting for a position ends with the reason of the signal, also of one that is aborted already', async () => {
    const { status, timers } = observedProjections();
    const controller = new AbortController();
    const code = codeOf(status.waitFor('p', 5, { signal: controller.signal }));
    controller.abort('gone');
    expect(await code).toBe('gone');
    expect(await codeOf(status.waitFor('p', 5, { signal: controller.signal }))).toBe('gone');
    expect(timers.pending).toBe(0);
  });

  it('Waiting for a position is limited to 10,000 callers, and there is room again when one is done', async () => {
    const { status, recorder } = observedProjections();
    const waits = Array.from({ length: 10_000 }, (_, i) => status.waitFor('p', i + 1));
    expect(await codeOf(status.waitFor('p', 1))).toBe('OBS_WAIT_LIMIT');
    recorder().checkpoint(9_999);
    await Promise.all(waits.slice(0, -1));
    const late = status.waitFor('p', 10_000);
    recorder().checkpoint(10_000);
    await Promise.all([waits.at(-1), late]);
  });

  it('Waiting for a position ends when the application does', async () => {
    const { status, projections } = observedProjections();
    const code = codeOf(status.waitFor('p', 1));
    projections.stop();
    expect(await code).toBe('OBS_WAIT_STOPPED');
  });

  it.each([true, false])(
    'Waiting for a position reads the checkpoint every 250 ms in a process that does not own it (recording: %s)',
    async (enabled) => {
      const { status, projections, timers, read } = observedProjections({ enabled });
      let committed = 0;
      let reads = 0;
      const checkpoint = {
        read: async ([scope]: readonly { readonly key: string }[]) => {
          reads++;
          return new Map([[scope?.key ?? '', committed]]);
        },
      };
      projections.configure('p', { checkpoint, owner: () => false });
      projections.start();
      await timers.advance(10_000);
      expect(reads).toBe(0);
      let isOver = false;
      const wait = status.waitFor('p', 1).then(() => (isOver = true));
      await timers.advance(1_000);
      expect(reads).toBe(5);
      expect(isOver).toBe(false);
      committed = 1;
      await timers.advance(250);
      await wait;
      await timers.advance(10_000);
      expect(reads).toBe(6);
      expect(read('eventcore_projection_position')).toEqual({});
    },
  );
});

describe('how far a projection is', () => {
  it('The progress of a projection is unknown of one that nobody mentioned', () => {
    expect(observedProjections().status.of('p')).toBeUndefined();
  });

  it('The progress of a projection is told by name, and for all', () => {
    const { status, recorder } = observedProjections();
    recorder('a').checkpoint(3);
    recorder('b').pause();
    expect(status.of('a')).toMatchObject({ name: 'a', state: 'starting', position: 3 });
    expect(status.list().map(({ name, state }) => [name, state])).toEqual([
      ['a', 'starting'],
      ['b', 'paused'],
    ]);
  });
});
