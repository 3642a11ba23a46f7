import fc from 'fast-check';

/** What the store and the projection are like. */
export interface Setting {
  /** What the head source can tell. */
  readonly head: 'counting' | 'oldest' | 'headOnly' | 'lastOfAll' | 'combined' | 'none';
  /** Who tells what is committed. */
  readonly commit: 'source' | 'push' | 'handler';
  /** Partitions that the head source knows; 0 for a log without. */
  readonly partitions: 0 | 1 | 2 | 3;
  /** Whether the application declares the partitions; sources then answer for each of them. */
  readonly declared: boolean;
  /** Whether partitions have the names of members of objects. */
  readonly hostile: boolean;
  /** Whether the projection handles only some of the events. */
  readonly filtered: boolean;
  /** Whether the head source tells the end of the whole log, whatever the filter. */
  readonly tellsEnd: boolean;
  /** Whether positions have gaps. */
  readonly gapped: boolean;
  /** Whether handlers know when events were recorded. */
  readonly times: boolean;
}

/** What happens. */
export type Act =
  | { readonly act: 'append'; readonly partition: number; readonly events: readonly Appended[] }
  | { readonly act: 'advance'; readonly ms: number }
  | { readonly act: 'observe' }
  | {
      readonly act: 'look';
      /** The answer that takes so long. */
      readonly slow: 'checkpoint' | 'head';
      readonly during: readonly Act[];
    }
  | {
      readonly act: 'rewind';
      /** `-1` for all. */
      readonly partition: number;
      /** Committed events that are taken back; more than there are leave no row. */
      readonly events: number;
    }
  | { readonly act: 'restore'; readonly partition: number; readonly events: number }
  | {
      readonly act: 'project';
      readonly partition: number;
      readonly events: number;
      readonly commits: boolean;
    }
  | { readonly act: 'fail' }
  | { readonly act: 'restart'; readonly process: 0 | 1 }
  | { readonly act: 'head'; readonly works: boolean }
  | { readonly act: 'checkpoints'; readonly work: boolean }
  | { readonly act: 'setClock'; readonly offsetMs: number }
  | { readonly act: 'setStoreClock'; readonly offsetMs: number }
  | { readonly act: 'handOver'; readonly to: 0 | 1 | -1 }
  | { readonly act: 'pause' | 'resume' | 'rebuild' | 'completeRebuild' | 'deleteCheckpoint' };

/** An event to be. */
interface Appended {
  readonly matches: boolean;
  readonly gap: number;
  /** How much later than now it says it was recorded. */
  readonly lateMs: number;
}

export const settings: fc.Arbitrary<Setting> = fc
  .record<Setting>({
    head: fc.constantFrom('counting', 'oldest', 'headOnly', 'lastOfAll', 'combined', 'none'),
    commit: fc.constantFrom('source', 'push', 'handler'),
    partitions: fc.constantFrom(0, 0, 0, 1, 2, 3),
    declared: fc.boolean(),
    hostile: fc.boolean(),
    filtered: fc.boolean(),
    tellsEnd: fc.boolean(),
    gapped: fc.boolean(),
    times: fc.boolean(),
  })
  .map((it) => ({
    ...it,
    partitions: it.commit === 'handler' || it.head === 'none' ? 0 : it.partitions,
    // A source that reads checkpoints itself needs no handler that tells them.
    commit: it.head === 'combined' && it.commit === 'handler' ? ('source' as const) : it.commit,
  }))
  .map((it) => ({ ...it, declared: it.declared && it.partitions > 0 }));

const partition = fc.nat({ max: 2 });
const appended = fc.record<Appended>({
  matches: fc.boolean(),
  gap: fc.integer({ min: 1, max: 50 }),
  lateMs: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -60_000, max: 60_000 }) },
  ),
});
const record = <T extends Act>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields as never) as unknown as fc.Arbitrary<Act>;
const just = <A extends string>(act: A) =>
  fc.record({ act: fc.constant(act) }) as fc.Arbitrary<never>;
const offset = fc.oneof(fc.constant(0), fc.integer({ min: -600_000, max: 600_000 }));

const weighted: [number, fc.Arbitrary<Act>][] = [
  [
    6,
    record({
      act: fc.constant('append'),
      partition,
      events: fc.array(appended, { minLength: 1, maxLength: 12 }),
    }),
  ],
  [5, record({ act: fc.constant('advance'), ms: fc.integer({ min: 1, max: 20_000 }) })],
  [1, fc.constant({ act: 'advance', ms: 3_600_000 })],
  [
    7,
    record({
      act: fc.constant('project'),
      partition,
      events: fc.integer({ min: 1, max: 20 }),
      commits: fc.boolean(),
    }),
  ],
  [1, just('fail')],
  [1, record({ act: fc.constant('restart'), process: fc.constantFrom(0, 1) })],
  [2, record({ act: fc.constant('head'), works: fc.boolean() })],
  [1, record({ act: fc.constant('checkpoints'), work: fc.boolean() })],
  [1, record({ act: fc.constant('setClock'), offsetMs: offset })],
  [1, record({ act: fc.constant('setStoreClock'), offsetMs: offset })],
  [2, record({ act: fc.constant('handOver'), to: fc.constantFrom(0, 1, -1) })],
  [1, just('pause')],
  [1, just('resume')],
  [1, just('rebuild')],
  [1, just('completeRebuild')],
  [1, just('deleteCheckpoint')],
  [
    2,
    record({
      act: fc.constant('rewind'),
      partition: fc.integer({ min: -1, max: 2 }),
      events: fc.integer({ min: 1, max: 12 }),
    }),
  ],
  [1, record({ act: fc.constant('restore'), partition, events: fc.integer({ min: 1, max: 12 }) })],
];

const brief = fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary })));
const look = record({
  act: fc.constant('look'),
  slow: fc.constantFrom('checkpoint', 'head'),
  during: fc.array(brief, { minLength: 1, maxLength: 4 }),
});

export const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    { weight: 34, arbitrary: brief },
    { weight: 10, arbitrary: just('observe') },
    { weight: 3, arbitrary: look },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
);
