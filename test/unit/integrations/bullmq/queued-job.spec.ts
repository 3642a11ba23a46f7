import { describe, expect, it } from 'vitest';
import { jobHooks } from '../../../../lib/integrations/bullmq/queued-job.js';

const NOW = Date.UTC(2026, 10, 29);
const added = { name: 'welcome', timestamp: NOW - 5_000, processedOn: NOW };

describe('attempts at jobs', () => {
  it.each([
    ['the first attempt of Bull', 'bull', { attemptsMade: 0 }, 5, 'retried'],
    ['the second attempt of Bull', 'bull', { attemptsMade: 1 }, undefined, 'exhausted'],
    ['the first attempt of BullMQ 4', 'bullmq', { attemptsMade: 1 }, 5, 'retried'],
    ['the second attempt of BullMQ 4', 'bullmq', { attemptsMade: 2 }, undefined, 'exhausted'],
    ['the first of BullMQ 6', 'bullmq', { attemptsMade: 0, attemptsStarted: 1 }, 5, 'retried'],
    [
      ...(['the second of BullMQ 6', 'bullmq'] as const),
      ...([{ attemptsMade: 1, attemptsStarted: 2 }, undefined, 'exhausted'] as const),
    ],
    [
      ...(['a stalled job of BullMQ 6', 'bullmq'] as const),
      ...([{ attemptsMade: 0, attemptsStarted: 2 }, undefined, 'retried'] as const),
    ],
  ] as const)('The wait and the fate of a job fit %s', (_title, from, counts, wait, fate) => {
    const job = { ...added, ...counts, opts: { attempts: 2 } };
    const attempt = jobHooks(from).attempt([job], NOW);
    expect(attempt?.waitSeconds).toBe(wait);
    expect(attempt?.after(new Error('smtp'))).toBe(fate);
  });

  it.each([
    ['bull', '_discarded'],
    ['bullmq', 'discarded'],
  ] as const)('A job of %s that its processor discards is not tried again', (from, mark) => {
    const job = { ...added, attemptsMade: 0, opts: { attempts: 5 } };
    const attempt = jobHooks(from).attempt([job], NOW);
    Object.assign(job, { [mark]: true });
    expect(attempt?.after(new Error('smtp'))).toBe('exhausted');
  });

  it('A delay that was asked for is no wait, and a clock that is ahead gives 0', () => {
    const { attempt } = jobHooks('bull');
    const waitOf = (opts: object) => attempt([{ ...added, opts }], NOW)?.waitSeconds;
    expect([waitOf({ delay: 4_000 }), waitOf({ delay: 9_000 })]).toEqual([1, 0]);
  });

  it.each([[undefined], [null], ['welcome'], [{ name: 7 }]])(
    'A call with %j is no attempt',
    (job) => {
      expect(jobHooks('bullmq').attempt([job], NOW)).toBeUndefined();
    },
  );
});
