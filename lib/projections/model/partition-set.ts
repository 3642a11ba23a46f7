import type { HeadReading, PartitionedReading } from '../head-source.js';
import { type Checkpoint, isVector, type ScalarPosition } from '../position.js';
import { type ReadTime, PartitionProgress } from './partition-progress.js';

/** Context of one reading. */
export interface ReadContext {
  readonly requestedAt: ReadTime;
  /** Checkpoint to count from; `undefined` when unknown. */
  readonly counted: Checkpoint | undefined;
}

/** Name of the only partition of a projection without partitions. */
export const WHOLE = '';

/** Partitions of one projection. */
export class PartitionSet {
  readonly #tracks = new Map<string, PartitionProgress>();
  /** True when the last checkpoint covered all partitions, so that a partition it does not name has none. */
  #isComplete = false;

  /** Returns all partitions. */
  list(): PartitionProgress[] {
    return [...this.#tracks.values()];
  }

  /** Returns all partitions by name. */
  entries(): [string, PartitionProgress][] {
    return [...this.#tracks];
  }

  /**
   * The only partition; `undefined` when there are several or none, or when the number of partitions is not known yet.
   */
  get only(): PartitionProgress | undefined {
    const [only, other] = this.list();
    const isSure = this.#tracks.has(WHOLE) || only?.observation !== undefined;
    return other === undefined && isSure ? only : undefined;
  }

  /** Returns the checkpoint of one partition. */
  checkpointOf(partition: string): Checkpoint | undefined {
    return this.#tracks.get(partition)?.checkpoint;
  }

  /**
   * Checkpoint of all partitions: a vector, if there are several; `undefined` while the checkpoint of any partition is
   * unknown.
   */
  get checkpoint(): Checkpoint | undefined {
    const isUnknown = (it: PartitionProgress) =>
      // Before the first reading of the heads the partitions are unknown.
      it.checkpoint === undefined || it.observation === undefined;
    const whole = this.#tracks.get(WHOLE);
    if (whole !== undefined) return whole.checkpoint;
    return !this.#isComplete && this.list().some(isUnknown) ? undefined : this.knownCheckpoint;
  }

  /** Known part of the checkpoint of all partitions. */
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
   * Records a checkpoint of one partition, or of all.
   *
   * @returns True when any checkpoint moved back.
   */
  commit(checkpoint: Checkpoint, nowMs: number, partition = WHOLE): boolean {
    if (partition === WHOLE) this.#isComplete = isVector(checkpoint) || checkpoint === null;
    // A checkpoint reported without a partition covered all of them.
    if (partition !== WHOLE || isVector(checkpoint)) this.#tracks.delete(WHOLE);
    if (isVector(checkpoint)) {
      // A partition that the vector does not name has no checkpoint yet.
      const names = new Set([...this.#names(), ...Object.keys(checkpoint)]);
      const went = [...names].map((it) => this.#of(it).commit(checkpoint[it] ?? null, nowMs));
      return went.includes(true);
    }
    const isAll = partition === WHOLE && checkpoint === null && this.#names().length > 0;
    const names = isAll ? this.#names() : [partition];
    return names.map((it) => this.#of(it).commit(checkpoint, nowMs)).includes(true);
  }

  /**
   * Records a checkpoint that a source read, unless the application has reported a later one.
   *
   * @returns True when any checkpoint moved back.
   */
  read(checkpoint: Checkpoint, { monotonicMs }: ReadTime, partition = WHOLE): boolean {
    const tracks = partition === WHOLE ? this.list() : [this.#of(partition)];
    const isOutdated = tracks.some((it) => it.checkpointAtMs > monotonicMs);
    return !isOutdated && this.commit(checkpoint, monotonicMs, partition);
  }

  /**
   * Records the head of one partition.
   *
   * @param partition - Partition name.
   * @param reading - Head that the source read.
   * @param context - Time of the request, and the checkpoint that the source counted from.
   * @returns True when a checkpoint in the reading moved back.
   */
  observe(partition: string, reading: HeadReading, { requestedAt, counted }: ReadContext): boolean {
    const { checkpoint } = reading;
    const wentBack = checkpoint !== undefined && this.read(checkpoint, requestedAt, partition);
    this.#of(partition).observe(
      reading,
      checkpoint === undefined ? counted : checkpoint,
      requestedAt,
    );
    return wentBack;
  }

  /** {@inheritDoc PartitionSet.observe} Removes partitions that the reading does not name. */
  observeAll({ partitions }: PartitionedReading, { requestedAt, counted }: ReadContext): boolean {
    for (const name of this.#tracks.keys()) {
      if (!partitions.has(name)) this.#tracks.delete(name);
    }
    const went = [...partitions].map(([name, reading]) => {
      const track = this.#of(name);
      // A complete checkpoint that does not name the partition means that the partition has no checkpoint.
      if (this.#isComplete && track.checkpoint === undefined)
        track.commit(null, requestedAt.monotonicMs);
      const own = isVector(counted) ? (counted[name] ?? null) : counted;
      return this.observe(name, reading, { requestedAt, counted: own });
    });
    return went.includes(true);
  }

  /** Clears all partitions. Declared partitions start with an unknown state. */
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
