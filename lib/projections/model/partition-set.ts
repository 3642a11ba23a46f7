import type { HeadReading, PartitionedReading } from '../head-source.js';
import { type Checkpoint, isVector, type ScalarPosition } from '../position.js';
import { type AskedAt, PartitionProgress } from './partition-progress.js';

/** What a source was asked. */
export interface Asked {
  readonly askedAt: AskedAt;
  /** Checkpoint to count from; `undefined` when none was known. */
  readonly counted: Checkpoint | undefined;
}

/** Name of the only partition of a projection without partitions. */
export const WHOLE = '';

/** The partitions of one projection. */
export class PartitionSet {
  readonly #tracks = new Map<string, PartitionProgress>();
  /** Whether the last checkpoint was one of all partitions, so that one that it does not name has none. */
  #isComplete = false;

  /** All of them. */
  list(): PartitionProgress[] {
    return [...this.#tracks.values()];
  }

  /** All of them, by name. */
  entries(): [string, PartitionProgress][] {
    return [...this.#tracks];
  }

  /** The only one; `undefined` when there are several or none, or when nobody has seen yet how many there are. */
  get only(): PartitionProgress | undefined {
    const [only, other] = this.list();
    const isSure = this.#tracks.has(WHOLE) || only?.observation !== undefined;
    return other === undefined && isSure ? only : undefined;
  }

  /** The checkpoint of one partition. */
  checkpointOf(partition: string): Checkpoint | undefined {
    return this.#tracks.get(partition)?.checkpoint;
  }

  /** The checkpoint of all: a vector, if there are partitions; `undefined` while that of one of them is unknown. */
  get checkpoint(): Checkpoint | undefined {
    const isUnknown = (it: PartitionProgress) =>
      // Before the first look at the heads nobody knows which partitions there are.
      it.checkpoint === undefined || it.observation === undefined;
    const whole = this.#tracks.get(WHOLE);
    if (whole !== undefined) return whole.checkpoint;
    return !this.#isComplete && this.list().some(isUnknown) ? undefined : this.knownCheckpoint;
  }

  /** The checkpoint of all, as far as it is known. */
  get knownCheckpoint(): Checkpoint | undefined {
    const whole = this.#tracks.get(WHOLE);
    if (whole !== undefined) return whole.checkpoint;
    const known = [...this.#tracks].filter(([, it]) => it.checkpoint !== undefined);
    if (known.length === 0) return undefined;
    const committed = known.filter(([, it]) => it.checkpoint !== null);
    if (committed.length === 0) return null;
    return Object.fromEntries(
      committed.map(([name, it]) => [name, it.checkpoint as ScalarPosition]),
    );
  }

  /**
   * Takes a checkpoint of one partition, or of all.
   *
   * @returns Whether any went back.
   */
  commit(checkpoint: Checkpoint, nowMs: number, partition = WHOLE): boolean {
    if (partition === WHOLE) this.#isComplete = isVector(checkpoint) || checkpoint === null;
    // What was said before anybody named a partition was of all of them.
    if (partition !== WHOLE || isVector(checkpoint)) this.#tracks.delete(WHOLE);
    if (isVector(checkpoint)) {
      // What a vector does not name has no checkpoint yet.
      const names = new Set([...this.#names(), ...Object.keys(checkpoint)]);
      const went = [...names].map((it) => this.#of(it).commit(checkpoint[it] ?? null, nowMs));
      return went.includes(true);
    }
    const isAll = partition === WHOLE && checkpoint === null && this.#names().length > 0;
    const names = isAll ? this.#names() : [partition];
    return names.map((it) => this.#of(it).commit(checkpoint, nowMs)).includes(true);
  }

  /**
   * Takes a checkpoint that a source read, unless the application has said something since.
   *
   * @returns Whether it went back.
   */
  read(checkpoint: Checkpoint, { monotonicMs }: AskedAt, partition = WHOLE): boolean {
    const tracks = partition === WHOLE ? this.list() : [this.#of(partition)];
    const isOutdated = tracks.some((it) => it.checkpointAtMs > monotonicMs);
    return !isOutdated && this.commit(checkpoint, monotonicMs, partition);
  }

  /**
   * Takes where one partition ends.
   *
   * @param counted - Checkpoint that the source was asked to count from.
   * @returns Whether a checkpoint that came with the answer went back.
   */
  observe(partition: string, reading: HeadReading, { askedAt, counted }: Asked): boolean {
    const { checkpoint } = reading;
    const wentBack = checkpoint !== undefined && this.read(checkpoint, askedAt, partition);
    this.#of(partition).observe(reading, checkpoint === undefined ? counted : checkpoint, askedAt);
    return wentBack;
  }

  /** {@inheritDoc PartitionSet.observe} Partitions that are not named are gone. */
  observeAll({ partitions }: PartitionedReading, { askedAt, counted }: Asked): boolean {
    for (const name of this.#tracks.keys()) {
      if (!partitions.has(name)) this.#tracks.delete(name);
    }
    const went = [...partitions].map(([name, reading]) => {
      const track = this.#of(name);
      // A checkpoint that does not name the partition is none in that partition.
      if (this.#isComplete && track.checkpoint === undefined)
        track.commit(null, askedAt.monotonicMs);
      const own = isVector(counted) ? (counted[name] ?? null) : counted;
      return this.observe(name, reading, { askedAt, counted: own });
    });
    return went.includes(true);
  }

  /** Forgets everything; of declared partitions, everything is unknown. */
  clear(declared: readonly string[] = []): void {
    this.#tracks.clear();
    this.#isComplete = false;
    for (const partition of declared) this.#of(partition);
  }

  #names(): string[] {
    return [...this.#tracks.keys()].filter((it) => it !== WHOLE);
  }

  #of(partition: string): PartitionProgress {
    const known = this.#tracks.get(partition);
    if (known !== undefined) return known;
    const made = new PartitionProgress();
    this.#tracks.set(partition, made);
    return made;
  }
}
