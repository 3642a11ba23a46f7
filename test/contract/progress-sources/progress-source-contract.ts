import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isPartitioned } from '../../../lib/projections/model/head-answer.js';
import type { HeadAnswer, HeadReading, HeadSource } from '../../../lib/projections/head-source.js';
import { type ProjectionScope, Unreadable } from '../../../lib/projections/projection-scope.js';
import { PartitionSet, WHOLE } from '../../../lib/projections/model/partition-set.js';
import {
  type LogAbilities,
  type LogUnderTest,
  PROJECTIONS,
  type TestEvent,
} from './log-under-test.js';

const MATCHING: TestEvent = { type: 'Placed', category: 'order' };
const OTHER_TYPE: TestEvent = { type: 'Paid', category: 'order' };
const OTHER_CATEGORY: TestEvent = { type: 'Placed', category: 'stock' };

const signal = () => new AbortController().signal;

function scopesOf(
  log: LogUnderTest,
  { projections = PROJECTIONS.slice(0, 1), filter = {} as ProjectionScope['filter'] } = {},
): ProjectionScope[] {
  const checkpoint = log.checkpoint?.();
  return projections.map((projection, i) => ({
    key: `key ${i}`,
    projection,
    filter,
    ...(checkpoint !== undefined && { checkpoint }),
  }));
}

async function read(log: LogUnderTest, scopes = scopesOf(log)): Promise<HeadAnswer> {
  const answer = (await log.source.observe(scopes, signal())).get('key 0');
  if (answer instanceof Unreadable) throw answer.cause;
  return answer as HeadAnswer;
}

function readingsOf(answer: HeadAnswer): HeadReading[] {
  return isPartitioned(answer) ? [...answer.partitions.values()] : [answer as HeadReading];
}

function pendingOf(answer: HeadAnswer): number | undefined {
  const counts = readingsOf(answer).map(({ pendingEvents }) => pendingEvents);
  return counts.includes(undefined) ? undefined : counts.reduce((a = 0, b = 0) => a + b, 0);
}

/** What the tracker makes of the answer. */
function isCaughtUp(log: LogUnderTest, answer: HeadAnswer): boolean | undefined {
  const tracks = new PartitionSet();
  const checkpoint = log.checkpoint?.();
  if (checkpoint !== undefined) tracks.commit(checkpoint, 0);
  const asked = {
    requestedAt: { monotonicMs: 1, wallMs: 1, order: 1 },
    counted: checkpoint,
    isFiltered: true,
  };
  if (isPartitioned(answer)) tracks.observeAll(answer, asked);
  else tracks.observe(WHOLE, answer as HeadReading, asked);
  const each = tracks.list().map((it) => it.isCaughtUp());
  return each.includes(undefined) ? undefined : !each.includes(false);
}

async function failure(source: HeadSource, scopes: ProjectionScope[], on = signal()) {
  return source.observe(scopes, on).then(
    () => undefined,
    (error: unknown) => error,
  );
}

const repeated = (event: TestEvent, count: number) => Array.from({ length: count }, () => event);

/** What every source keeps, whatever it reads from. */
export function describeProgressSource(
  name: string,
  { counts, tellsTime, filters }: LogAbilities,
  start: () => Promise<LogUnderTest>,
): void {
  describe(`progress by ${name}`, () => {
    let log: LogUnderTest;

    beforeEach(async () => {
      log = await start();
    });
    afterEach(() => log.stop?.());

    it('is complete while nothing is recorded', async () => {
      const answer = await read(log);
      expect(readingsOf(answer).map(({ head }) => head)).toEqual(
        readingsOf(answer).map(() => null),
      );
      expect(isCaughtUp(log, answer)).toBe(true);
    });

    it('is behind by what is recorded and not applied', async () => {
      const beforeMs = Date.now();
      await log.append(repeated(MATCHING, 7));
      const answer = await read(log);
      expect(isCaughtUp(log, answer)).toBe(false);
      expect(pendingOf(answer)).toBe(counts ? 7 : undefined);
      const times = readingsOf(answer).flatMap((it) => it.oldestPendingMs ?? []);
      expect(times.length > 0).toBe(tellsTime);
      for (const it of times) {
        expect(it).toBeGreaterThan(beforeMs - 2_000);
        expect(it).toBeLessThan(Date.now() + 2_000);
      }
    });

    it('follows the checkpoint up to the head', async () => {
      await log.append(repeated(MATCHING, 5));
      await log.apply(3);
      const halfway = await read(log);
      expect(isCaughtUp(log, halfway)).toBe(false);
      expect(pendingOf(halfway)).toBe(counts ? 2 : undefined);
      await log.apply(2);
      const done = await read(log);
      expect(isCaughtUp(log, done)).toBe(true);
      expect(readingsOf(done).every(({ pendingEvents = 0 }) => pendingEvents === 0)).toBe(true);
      expect(readingsOf(done).flatMap((it) => it.oldestPendingMs ?? [])).toEqual([]);
      await log.append([MATCHING]);
      expect(isCaughtUp(log, await read(log))).toBe(false);
    });

    const filtered = { eventTypes: ['Placed', 'Shipped'], categories: ['order'] };

    if (filters === 'both')
      it('counts what matches the filter', async () => {
        const scopes = () => scopesOf(log, { filter: filtered });
        await log.append([OTHER_TYPE, OTHER_CATEGORY]);
        expect(isCaughtUp(log, await read(log, scopes()))).toBe(true);
        await log.append([MATCHING, OTHER_TYPE, MATCHING, OTHER_CATEGORY]);
        expect(pendingOf(await read(log, scopes()))).toBe(2);
        await log.apply(5);
        const answer = await read(log, scopes());
        expect(pendingOf(answer)).toBe(0);
        expect(isCaughtUp(log, answer)).toBe(true);
      });

    if (filters === 'both' || filters === 'one')
      it('is complete when what is left matches another filter', async () => {
        await log.append([MATCHING]);
        await log.apply(1);
        await log.append([OTHER_TYPE, { type: 'PlacedTwice', category: 'order' }]);
        const byType = scopesOf(log, { filter: { eventTypes: ['Placed'] } });
        expect(isCaughtUp(log, await read(log, byType))).toBe(true);
        await log.append([{ type: 'Placed', category: 'ordering' }]);
        const byCategory = scopesOf(log, { filter: { categories: ['stock'] } });
        expect(isCaughtUp(log, await read(log, byCategory))).toBe(true);
        await log.append([OTHER_CATEGORY]);
        expect(isCaughtUp(log, await read(log, byCategory))).toBe(false);
        expect(isCaughtUp(log, await read(log, byType))).toBe(false);
      });

    if (filters === 'one')
      it('refuses a filter that the server does not have', async () => {
        await log.append([MATCHING]);
        const error = await failure(log.source, scopesOf(log, { filter: filtered }));
        expect(error).toBeInstanceOf(RangeError);
      });

    if (filters === 'uncounted')
      it('counts nothing for a filter, and knows the end', async () => {
        const scopes = () => scopesOf(log, { filter: filtered });
        await log.append(repeated(MATCHING, 2));
        const answer = await read(log, scopes());
        expect(isCaughtUp(log, answer)).toBe(false);
        expect(pendingOf(answer)).toBeUndefined();
        await log.apply(2);
        expect(isCaughtUp(log, await read(log, scopes()))).toBe(true);
      });

    if (filters === 'refused')
      it('refuses a projection with a filter', async () => {
        await log.append([MATCHING]);
        const error = await failure(log.source, scopesOf(log, { filter: filtered }));
        expect(error).toBeInstanceOf(RangeError);
      });

    it('fails while the peer cannot be reached', async () => {
      const error = await failure(log.dead, scopesOf(log));
      expect(error).toMatchObject({ message: 'connection refused' });
    });

    it('ends with the reason when it is aborted', async () => {
      const controller = new AbortController();
      const ending = failure(log.hanging, scopesOf(log), controller.signal);
      const reason = new Error('no answer within 1000 ms');
      controller.abort(reason);
      expect(await ending).toBe(reason);
      const requests = log.requests();
      expect(await failure(log.source, scopesOf(log), controller.signal)).toBe(reason);
      expect(log.requests()).toBe(requests);
    });

    it('asks no more for a hundred projections of one log than for one', async () => {
      await log.append(repeated(MATCHING, 2));
      const before = log.requests();
      await read(log);
      const forOne = log.requests() - before;
      const answers = await log.source.observe(
        scopesOf(log, { projections: PROJECTIONS }),
        signal(),
      );
      expect(answers.size).toBe(100);
      expect([...answers.values()].filter((it) => it instanceof Unreadable)).toEqual([]);
      expect(log.requests() - before - forOne).toBe(forOne);
    });
  });
}
