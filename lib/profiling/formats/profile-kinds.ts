import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { hottestFunctions, type HottestFunctions } from './hottest-functions.js';
import { encodePprof, type PprofValues } from './pprof.format.js';
import { type CpuProfile, cpuStacks, type HeapProfile, heapStacks, type Stack } from './profile.js';

const zip = promisify(gzip);

/** Time between two samples of a CPU profile in microseconds. */
export const CPU_PERIOD_US = 10_000;

/** Bytes between two samples of allocations on average, as in Go: the 32 KiB of V8 cost a busy service a tenth. */
export const HEAP_PERIOD_BYTES = 524_288;

interface Profiles {
  readonly cpu: CpuProfile;
  readonly heap: HeapProfile;
}

/** Kind of a profile: where time goes, or what allocates memory. */
export type ProfileKind = keyof Profiles;

/** A profile and its time. */
export interface TakenProfile<Kind extends ProfileKind = ProfileKind> {
  readonly kind: Kind;
  readonly profile: Profiles[Kind];
  /** Unix time of the beginning in milliseconds. */
  readonly startMs: number;
  readonly durationMs: number;
}

interface KindDescription<Kind extends ProfileKind> extends PprofValues {
  /** Format of V8, and the extension of its files. */
  readonly format: string;
  stacks(profile: Profiles[Kind]): Stack[];
}

/** Kinds of profiles. */
export const profileKinds: { readonly [Kind in ProfileKind]: KindDescription<Kind> } = {
  cpu: {
    format: 'cpuprofile',
    stacks: cpuStacks,
    types: [
      ['samples', 'count'],
      ['cpu', 'nanoseconds'],
    ],
    period: CPU_PERIOD_US * 1_000,
  },
  heap: {
    format: 'heapprofile',
    stacks: heapStacks,
    types: [['alloc_space', 'bytes']],
    period: HEAP_PERIOD_BYTES,
  },
};

/** Returns the functions of a profile, the hottest first. */
export function hottestOf({ kind, profile }: TakenProfile): HottestFunctions {
  return hottestFunctions(stacksOf(kind, profile));
}

/** Returns a profile in the format of pprof, compressed. */
export function pprofOf({ kind, profile, startMs, durationMs }: TakenProfile): Promise<Buffer> {
  const { types, period } = profileKinds[kind];
  return zip(encodePprof({ stacks: stacksOf(kind, profile), types, period, startMs, durationMs }));
}

function stacksOf<Kind extends ProfileKind>(kind: Kind, profile: Profiles[Kind]): Stack[] {
  return profileKinds[kind].stacks(profile);
}

/** Returns the name of a file for a profile, without its extension: `cpu-20261130T083000Z`. */
export function fileNameOf({ kind, startMs }: Pick<TakenProfile, 'kind' | 'startMs'>): string {
  return `${kind}-${new Date(startMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
}
