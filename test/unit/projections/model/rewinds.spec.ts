import { describe, expect, it } from 'vitest';
import type {
  HeadAnswer,
  HeadReading,
  HeadSource,
} from '../../../../lib/projections/head-source.js';
import { projectionKind } from '../../../../lib/kinds/projection.decorator.js';
import type { Checkpoint } from '../../../../lib/projections/position.js';
import type { ProjectionScope } from '../../../../lib/projections/projection-scope.js';
import { observedProjections } from '../observed-projections.js';

const LAG = 'eventcore_projection_lag_seconds';
const EVENTS = 'eventcore_projection_lag_events';
const STATE = 'eventcore_projection_state';

/** A log of which a test holds back the answers that it likes. */
class HeldLog implements HeadSource {
  answer: (scope: ProjectionScope) => HeadAnswer;
  readonly #held: (() => void)[] = [];
  holds = false;
  fails = false;

  constructor(answer: (scope: ProjectionScope) => HeadAnswer) {
    this.answer = answer;
  }

  async observe(scopes: readonly ProjectionScope[]) {
    if (this.fails) throw new Error('connection refused');
    const answers = new Map(scopes.map((it) => [it.key, this.answer(it)]));
    if (this.holds) await new Promise<void>((resolve) => this.#held.push(resolve));
    return answers;
  }

  release(): void {
    this.holds = false;
    for (const resolve of this.#held.splice(0)) resolve();
  }
}

const reading = (checkpoint: unknown, head: number): HeadReading => ({
  head,
  pendingEvents: Math.max(0, head - Number(checkpoint ?? 0)),
});

function stateOf(states: Record<string, number>, name = 'p'): string | undefined {
  return Object.keys(states).find((it) => it.startsWith(`${name} `) && states[it] === 1);
}

describe('a checkpoint that moves back', () => {
  it.each([
    ['to the beginning, in a rebuild', null, true, 'p rebuilding'],
    ['to the beginning, without a rebuild', null, false, 'p starting'],
    ['part of the way, in a rebuild', 40, true, 'p rebuilding'],
    ['part of the way, without a rebuild', 40, false, 'p starting'],
  ] as const)(
    'The lag is unknown until a later reading when the checkpoint moves back %s',
    async (_, to: Checkpoint, isRebuild, state) => {
      const { projections, timers, read, recorder } = observedProjections();
      const log = new HeldLog(({ checkpoint }) => reading(checkpoint, 100));
      projections.configure('p', { head: log });
      recorder().checkpoint(100);
      projections.start();
      await timers.advance(0);
      expect([read(LAG), read(EVENTS)]).toEqual([{ p: 0 }, { p: 0 }]);
      if (isRebuild) recorder().beginRebuild(100);
      recorder().checkpoint(to);
      expect([read(LAG), read(EVENTS), stateOf(read(STATE))]).toEqual([{}, {}, state]);
      await timers.advance(5_000);
      expect(read(EVENTS)).toEqual({ p: 100 - Number(to) });
    },
  );

  it('The lag stays unknown after a move back while the head cannot be read', async () => {
    const { projections, timers, read, recorder } = observedProjections();
    const log = new HeldLog(({ checkpoint }) => reading(checkpoint, 100));
    projections.configure('p', { head: log });
    recorder().checkpoint(100);
    projections.start();
    await timers.advance(0);
    log.fails = true;
    recorder().checkpoint(7);
    for (let period = 0; period < 5; period++) {
      expect([read(LAG), read(EVENTS)]).toEqual([{}, {}]);
      await timers.advance(5_000);
    }
  });

  it('An answer to a request that began before the checkpoint moved back tells no lag', async () => {
    const { projections, timers, read, recorder } = observedProjections();
    const log = new HeldLog(({ checkpoint }) => reading(checkpoint, 100));
    projections.configure('p', { head: log });
    recorder().checkpoint(100);
    log.holds = true;
    projections.start();
    await timers.advance(0);
    recorder().checkpoint(30);
    log.release();
    await timers.advance(0);
    expect([read(LAG), read(EVENTS)]).toEqual([{}, {}]);
    await timers.advance(5_000);
    expect(read(EVENTS)).toEqual({ p: 70 });
  });

  it('A source that read the checkpoint before it moved back does not undo the move', async () => {
    const { projections, timers, read, recorder } = observedProjections();
    const log = new HeldLog(() => ({ ...reading(100, 100), checkpoint: 100 }));
    projections.configure('p', { head: log });
    log.holds = true;
    projections.start();
    await timers.advance(0);
    recorder().checkpoint(100);
    recorder().checkpoint(null);
    log.release();
    await timers.advance(0);
    expect([read(LAG), stateOf(read(STATE))]).toEqual([{}, 'p starting']);
  });

  it('The lag of a projection is unknown after the checkpoint of one partition moves back', async () => {
    const { projections, timers, read, recorder } = observedProjections();
    const log = new HeldLog(({ checkpoint }) => {
      const at = (checkpoint ?? {}) as Record<string, number>;
      const partitions = ['a', 'b'].map((it) => [it, reading(at[it], 10)] as const);
      return { partitions: new Map(partitions) };
    });
    projections.configure('p', { head: log });
    recorder().checkpoint({ a: 10, b: 10 });
    projections.start();
    await timers.advance(0);
    expect(read(LAG)).toEqual({ p: 0 });
    recorder().checkpoint({ a: 4, b: 10 });
    expect(read(LAG)).toEqual({});
    await timers.advance(5_000);
    expect(read(EVENTS)).toEqual({ p: 6 });
    recorder().checkpoint({ a: 10 });
    expect(read(EVENTS)).toEqual({});
    await timers.advance(5_000);
    expect(read(EVENTS)).toEqual({ p: 10 });
  });

  it('The first answer about partitions does not undo a reset that was reported while it was under way', async () => {
    const { projections, timers, read, recorder } = observedProjections();
    const log = new HeldLog(() => {
      const partitions = ['a', 'b'].map(
        (it) => [it, { ...reading(10, 10), checkpoint: 10 }] as const,
      );
      return { partitions: new Map(partitions) };
    });
    projections.configure('p', { head: log });
    log.holds = true;
    projections.start();
    await timers.advance(0);
    recorder().checkpoint(null);
    log.release();
    await timers.advance(0);
    expect([read(LAG), read(EVENTS)]).toEqual([{}, {}]);
    expect(recorder().progress().position).toBeUndefined();
  });

  it('A declared partition without a name leaves checkpoints of all partitions alone', async () => {
    const { projections, timers, read, recorder } = observedProjections();
    const log = new HeldLog(({ checkpoint }) => reading(checkpoint, 10));
    projections.configure('p', { head: log, partitions: ['', 'a'] });
    recorder().checkpoint({ '': 10, a: 10 });
    projections.start();
    await timers.advance(0);
    expect(read(EVENTS)).toEqual({ p: 0 });
    recorder().checkpoint(null);
    await timers.advance(5_000);
    expect(read(EVENTS)).toEqual({ p: 10 });
    recorder().checkpoint(4, '');
    recorder().checkpoint(10, 'a');
    await timers.advance(5_000);
    expect(read(EVENTS)).toEqual({ p: 6 });
  });

  it('The latency leaves out events that are replayed after the checkpoint moved back', async () => {
    const { projections, timers, observations, recorder, clock } = observedProjections();
    projections.configure('p', {
      head: new HeldLog(({ checkpoint }) => reading(checkpoint, 100)),
    });
    const handler = projections.bind({ kind: projectionKind, name: 'p', labels: {} });
    recorder().checkpoint(100);
    projections.start();
    await timers.advance(0);
    recorder().checkpoint(10);
    await timers.advance(5_000);
    handler.applied?.(clock.wallMs() - 365 * 86_400_000, undefined);
    expect(observations('eventcore_projection_latency_seconds')).toBe(0);
  });
});

describe('a checkpoint beyond the end of the log', () => {
  async function observed(settings: {
    answer: HeadReading;
    checkpoint: Checkpoint;
    filtered?: boolean;
  }) {
    const all = observedProjections();
    const { projections, timers, recorder } = all;
    const filter = settings.filtered === true ? { eventTypes: ['Placed'] } : {};
    const log = new HeldLog(() => settings.answer);
    projections.configure('p', { head: log, filter });
    recorder().checkpoint(settings.checkpoint);
    projections.start();
    await timers.advance(0);
    return { ...all, log };
  }

  it.each([
    ['of a log with fewer events', { head: 5 }, 100],
    ['of a log with fewer events, as text', { head: '1700-3' }, '1800-0'],
    ['of an empty log', { head: null }, 1],
    ['although no event is pending', { head: 5, pendingEvents: 0 }, 6n],
    ['of a log whose reader knows its end', { head: null, end: 9, pendingEvents: 0 }, 10],
  ] as const)(
    'A checkpoint beyond the end makes the projection faulted without a lag: %s',
    async (_, answer, checkpoint) => {
      const { read, recorder } = await observed({ answer, checkpoint });
      expect([read(LAG), read(EVENTS), stateOf(read(STATE))]).toEqual([{}, {}, 'p faulted']);
      expect(recorder().progress().beyondEnd).toBe(true);
      expect(recorder().progress().position).toBe(checkpoint);
      expect(recorder().progress().headPosition).toBe(answer.head ?? undefined);
    },
  );

  it.each([
    ['passes the last match of a filter', { head: 5, end: 200 }, 100, true],
    ['passes the last match of a filter in a log of unknown end', { head: 5 }, 100, true],
    ['is at zero in an empty log', { head: null }, 0, false],
    ['is at the end', { head: 100 }, '100', false],
  ] as const)(
    'A checkpoint is not beyond the end when it %s',
    async (_, answer, checkpoint, filtered) => {
      const { read } = await observed({ answer, checkpoint, filtered });
      expect([read(LAG), stateOf(read(STATE))]).toEqual([{ p: 0 }, 'p live']);
    },
  );

  it('A checkpoint that was committed after the end was read is not beyond the end', async () => {
    const { read, recorder, timers, log } = await observed({ answer: { head: 5 }, checkpoint: 5 });
    recorder().checkpoint(7);
    expect([read(LAG), stateOf(read(STATE))]).toEqual([{ p: 0 }, 'p live']);
    log.answer = () => ({ head: 7 });
    await timers.advance(5_000);
    expect([read(LAG), stateOf(read(STATE))]).toEqual([{ p: 0 }, 'p live']);
  });

  it('A checkpoint is no longer beyond the end when the log grows past it or when it is reset', async () => {
    const grown = await observed({ answer: { head: 5 }, checkpoint: 100 });
    grown.log.answer = () => reading(100, 103);
    await grown.timers.advance(5_000);
    expect(grown.read(EVENTS)).toEqual({ p: 3 });
    const reset = await observed({ answer: { head: 5 }, checkpoint: 100 });
    reset.recorder().checkpoint(null);
    expect(stateOf(reset.read(STATE))).toBe('p starting');
    reset.log.answer = ({ checkpoint }) => reading(checkpoint, 5);
    await reset.timers.advance(5_000);
    expect(reset.read(EVENTS)).toEqual({ p: 5 });
  });

  it('A wait for a position times out while the checkpoint lies beyond the end of the log', async () => {
    const { status, timers } = await observed({ answer: { head: 5 }, checkpoint: 100 });
    const waiting = status.waitFor('p', 6, { timeoutMs: 100 }).catch((error: unknown) => error);
    await timers.advance(100);
    expect(await waiting).toMatchObject({ code: 'OBS_WAIT_TIMEOUT' });
  });
});

describe('a projection without a checkpoint', () => {
  it('A projection without a checkpoint is starting however young its oldest event is, and live in an empty log', async () => {
    const { projections, timers, read, clock } = observedProjections();
    let head: HeadReading = { head: null, checkpoint: null };
    projections.configure('p', { head: new HeldLog(() => head) });
    projections.start();
    await timers.advance(0);
    expect(stateOf(read(STATE))).toBe('p live');
    const oldestPendingMs = clock.wallMs() + 5_000;
    head = { head: 1, pendingEvents: 1, oldestPendingMs, checkpoint: null };
    await timers.advance(5_000);
    expect(stateOf(read(STATE))).toBe('p starting');
    head = { head: 2, pendingEvents: 1, oldestPendingMs, checkpoint: 1 };
    await timers.advance(5_000);
    expect(stateOf(read(STATE))).toBe('p live');
  });
});

describe('partitions with the names of members of objects', () => {
  const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty', ''];
  const vector = (of: (name: string) => number) =>
    Object.fromEntries(names.map((it) => [it, of(it)]));

  it('Partitions named like members of objects are observed when the application declares them', async () => {
    const { projections, timers, read, recorder } = observedProjections();
    projections.configure('p', {
      head: new HeldLog(({ checkpoint }) => reading(checkpoint, 10)),
      partitions: names,
    });
    for (const name of names) recorder().checkpoint(name === '__proto__' ? 3 : 9, name);
    projections.start();
    await timers.advance(0);
    expect(read(EVENTS)).toEqual({ p: 7 });
    recorder().checkpoint(10, '__proto__');
    await timers.advance(5_000);
    expect(read(EVENTS)).toEqual({ p: 1 });
  });

  it('Partitions named like members of objects are observed in vectors, and are missing where vectors do not name them', async () => {
    const { projections, timers, read, recorder } = observedProjections();
    const log = new HeldLog(({ checkpoint }) => {
      const at = new Map(Object.entries((checkpoint ?? {}) as Record<string, number>));
      return { partitions: new Map(names.map((it) => [it, reading(at.get(it), 10)])) };
    });
    projections.configure('p', { head: log });
    recorder().checkpoint(vector(() => 10));
    projections.start();
    await timers.advance(0);
    expect(read(EVENTS)).toEqual({ p: 0 });
    recorder().checkpoint({ other: 1 });
    await timers.advance(5_000);
    expect(read(EVENTS)).toEqual({ p: 10 });
  });
});
