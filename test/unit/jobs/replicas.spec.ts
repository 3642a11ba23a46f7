import { describe, expect, it } from 'vitest';
import { jobAlerts } from '../../../lib/alerting/definitions/jobs.js';
import { jobsBoard } from '../../../lib/dashboards/boards/jobs.js';
import { QueuePoller, type QueueReading } from '../../../lib/jobs/queue-poller.js';
import { SnapshotAggregate } from '../../../lib/metrics/aggregation/snapshot-aggregate.js';
import { makeRegistry } from '../metrics/registry-of-test.js';
import { answer, queriesOver } from '../query/stored-series.js';

/** A process that reads the queue `mail`. */
class Replica {
  readonly #made = makeRegistry();
  readonly #timers = new Set<() => void>();
  readonly #poller: QueuePoller;
  #reading: QueueReading | undefined;

  constructor() {
    const { registry, clock, faults } = this.#made;
    const after = (_delayMs: number, run: () => void) => {
      this.#timers.add(run);
      return () => void this.#timers.delete(run);
    };
    const naming = { namespace: 'eventcore' };
    const parts = { registry, clock, faults, naming, timers: { after }, random: () => 0.5 };
    this.#poller = new QueuePoller({ ...parts, periodMs: 1_000 });
    const away = () => Promise.reject(new Error('no connection'));
    const read = () => (this.#reading === undefined ? away() : Promise.resolve(this.#reading));
    this.#poller.add({ name: 'mail', read });
    this.#poller.start();
  }

  /** Looks at the queue once; a Redis that is away has no waiting jobs to tell. */
  async look(waiting: number | undefined, ageMs = 0): Promise<void> {
    const { clock } = this.#made;
    clock.advance(1_000);
    const oldestWaitingMs = clock.wallMs() - ageMs;
    this.#reading = waiting === undefined ? undefined : { jobs: { waiting }, oldestWaitingMs };
    const due = [...this.#timers];
    this.#timers.clear();
    for (const run of due) run();
    await new Promise(setImmediate);
  }

  get snapshot() {
    return this.#made.registry.snapshot();
  }
}

/** Numbers of several processes as one page shows them, by metric and labels. */
function together(replicas: readonly Replica[]): Record<string, number> {
  const aggregate = new SnapshotAggregate({ threads: false, onConflict: () => undefined });
  replicas.forEach((it, i) => {
    aggregate.join(`p${i}`);
    aggregate.update(`p${i}`, it.snapshot);
  });
  const numbers = aggregate
    .merged(1)
    .metrics.flatMap(({ definition, blocks }) =>
      blocks.flatMap(({ labelSets, values }) =>
        labelSets.map((it, i) => [[definition.name, ...it].join(' '), values[i] as number]),
      ),
    );
  return Object.fromEntries(numbers) as Record<string, number>;
}

describe('replicas that read the same queue', () => {
  it('Together they have the depth of the queue once, and the age of its oldest job', async () => {
    const replicas = [new Replica(), new Replica(), new Replica()];
    for (const it of replicas) await it.look(12, 3_000);
    await replicas[1]?.look(13, 4_000);
    expect(together(replicas)).toEqual({
      'eventcore_queue_jobs mail waiting': 13,
      'eventcore_queue_oldest_waiting_seconds mail': 4,
      'eventcore_queue_observation_errors_total mail': 0,
    });
  });

  it('A replica whose Redis is away says nothing of the queue, never 0, until it is back', async () => {
    const [one, other] = [new Replica(), new Replica()];
    for (const it of [one, other]) await it.look(5, 1_000);
    for (let i = 0; i < 3; i++) await other.look(undefined);
    expect(together([other])).toEqual({ 'eventcore_queue_observation_errors_total mail': 3 });
    expect(together([one, other])).toMatchObject({ 'eventcore_queue_jobs mail waiting': 5 });
    await other.look(0);
    expect(together([other])).toMatchObject({ 'eventcore_queue_jobs mail waiting': 0 });
  });
});

describe('boards and alerts on a queue that several instances read', () => {
  const at = (metric: string, instance: string, more = '') =>
    `eventcore_queue_${metric}{job="shop",instance="${instance}",queue="mail"${more}}`;
  const waiting = ',state="waiting"';
  const queries = queriesOver({
    [at('jobs', 'a', waiting)]: [200, 200, 205, 210, 220, 230, 240, 250, 260, 270, 280],
    [at('jobs', 'b', waiting)]: [200, 200, 205, 210, 220, 230, 240, 250, 260, 270, 281],
    [at('oldest_waiting_seconds', 'a')]: Array.from({ length: 11 }, () => 700),
    [at('oldest_waiting_seconds', 'b')]: Array.from({ length: 11 }, () => 701),
  });

  it('The board shows each number once', async () => {
    const shown = jobsBoard.rows
      .flatMap(({ panels }) => panels)
      .filter(({ title }) => ['Jobs by state', 'Age of the oldest job'].includes(title))
      .flatMap((it) => Object.values(it.queries));
    const plain = shown.map((it) =>
      it.replaceAll('$queue', '.*').replaceAll('$scope', 'job="shop"'),
    );
    const answers = await Promise.all(plain.map((it) => answer(queries, it)));
    expect(answers).toEqual([['{queue="mail", state="waiting"} 281'], ['{queue="mail"} 701']]);
  });

  it.each([
    ['QueueGrowing', 'jobs', 281],
    ['OldestJobTooOld', 'age', 701],
  ] as const)(
    'The alert %s compares the number of one instance',
    async (name, parameter, above) => {
      const scope = {
        by: (...labels: readonly string[]) => `by (${['job', ...labels].join(', ')})`,
        on: (...labels: readonly string[]) => `on (${['job', ...labels].join(', ')})`,
      };
      const firing = (limit: number) =>
        answer(queries, jobAlerts[name].expr({ [parameter]: limit } as never, scope));
      expect(await firing(above - 1)).toEqual([`{job="shop", queue="mail"} ${above}`]);
      expect(await firing(above)).toEqual([]);
    },
  );
});
