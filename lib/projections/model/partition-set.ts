import type { HeadReading, PartitionedReading } from '../head-source.js';
import { type Checkpoint, isVector, positionOf, type ScalarPosition } from '../position.js';
import {
  type CommitTime,
  PartitionProgress,
  type ReadContext,
  type ReadTime,
} from './partition-progress.js';

/** Key of the only partition of a projection without partitions. An application may give a partition any name. */
export const WHOLE = Symbol('whole');

/** Name of a partition, or {@link WHOLE}. */
export type PartitionKey = string | typeof WHOLE;

/** Partitions of one projection. */
export class PartitionSet {
  readonly #tracks = new Map<PartitionKey, PartitionProgress>();
  /** Time of the last checkpoint if it covered all partitions, so that a partition it does not name has none. */
  #completedAt: CommitTime | undefined;
  #order = 0;

  /** Returns all partitions. */
  list(): PartitionProgress[] {
    return [...this.#tracks.values()];
  }

  /** Returns the named partitions. */
  named(): [string, PartitionProgress][] {
    return [...this.#tracks].filter((it): it is [string, PartitionProgress] => it[0] !== WHOLE);
  }

  /**
   * The only partition; `undefined` when there are several or none, or when the number of partitions is not known yet.
   */
  get only(): PartitionProgress | undefined {
    const [only, other] = this.list();
    const isSure = this.#tracks.has(WHOLE) || only?.observation !== undefined;
    return other === undefined && isSure ? only : undefined;
  }

  /** True when the checkpoint of any partition lies beyond the end of its log. */
  get isBeyondEnd(): boolean {
    return this.list().some((it) => it.isBeyondEnd);
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
    return this.#completedAt === undefined && this.list().some(isUnknown)
      ? undefined
      : this.knownCheckpoint;
  }

  /** Known part of the checkpoint of all partitions. */
  get knownCheckpoint(): Checkpoint | undefined {
    const whole = this.#tracks.get(WHOLE);
    if (whole !== undefined) return whole.checkpoint;
    const known = this.named().filter(([, it]) => it.checkpoint !== undefined);
    if (known.length === 0) return undefined;
    const committed = known.filter(([, it]) => it.checkpoint !== null);
    if (committed.length === 0) return null;
    return Object.fromEntries(
      committed.map(([name, it]) => [name, it.checkpoint as ScalarPosition]),
    );
  }

  /** Returns the place of a request or report that happens now in the sequence of both. */
  nextOrder(): number {
    return ++this.#order;
  }

  /**
   * Records a checkpoint that the application reported, of one partition or of all.
   *
   * @returns True when any checkpoint moved back.
   */
  commit(checkpoint: Checkpoint, monotonicMs: number, partition?: string): boolean {
    // An empty name denotes all partitions, unless one is declared under it.
    const isWhole = partition === undefined || (partition === '' && !this.#tracks.has(''));
    const key = isWhole ? WHOLE : partition;
    return this.#commit(checkpoint, { monotonicMs, order: this.nextOrder() }, key);
  }

  #commit(checkpoint: Checkpoint, time: CommitTime, partition: PartitionKey): boolean {
    if (partition === WHOLE)
      this.#completedAt = isVector(checkpoint) || checkpoint === null ? time : undefined;
    // A checkpoint reported without a partition covered all of them.
    if (partition !== WHOLE || isVector(checkpoint)) this.#tracks.delete(WHOLE);
    if (isVector(checkpoint)) {
      // A partition that the vector does not name has no checkpoint yet.
      const names = new Set([...this.#names(), ...Object.keys(checkpoint)]);
      const at = (name: string) => positionOf(checkpoint, name) ?? null;
      const went = [...names].map((it) => this.#of(it).commit(at(it), time));
      return went.includes(true);
    }
    const isAll = partition === WHOLE && checkpoint === null && this.#names().length > 0;
    const names: readonly PartitionKey[] = isAll ? this.#names() : [partition];
    return names.map((it) => this.#of(it).commit(checkpoint, time)).includes(true);
  }

  /**
   * Records a checkpoint that a source read, unless the application has reported a later one.
   *
   * @returns True when any checkpoint moved back.
   */
  read(checkpoint: Checkpoint, time: ReadTime, partition: PartitionKey = WHOLE): boolean {
    const tracks = partition === WHOLE ? this.list() : [this.#of(partition)];
    const isOutdated = tracks.some((it) => it.reportedOrder > time.order);
    return !isOutdated && this.#commit(checkpoint, time, partition);
  }

  /**
   * Records the head of one partition.
   *
   * @param partition - Partition name.
   * @param reading - Head that the source read.
   * @param context - Time of the request, and the checkpoint that the source counted from.
   * @returns True when a checkpoint in the reading moved back.
   */
  observe(partition: PartitionKey, reading: HeadReading, context: ReadContext): boolean {
    const { checkpoint } = reading;
    const { requestedAt, counted } = context;
    const wentBack = checkpoint !== undefined && this.read(checkpoint, requestedAt, partition);
    const own = checkpoint === undefined ? counted : checkpoint;
    this.#of(partition).observe(reading, { ...context, counted: own });
    return wentBack;
  }

  /** {@inheritDoc PartitionSet.observe} Removes partitions that the reading does not name. */
  observeAll({ partitions }: PartitionedReading, context: ReadContext): boolean {
    const { counted } = context;
    for (const name of this.#tracks.keys()) {
      if (name === WHOLE || !partitions.has(name)) this.#tracks.delete(name);
    }
    const went = [...partitions].map(([name, reading]) => {
      const track = this.#of(name);
      // A complete checkpoint that does not name the partition means that the partition has no checkpoint.
      if (this.#completedAt !== undefined && track.checkpoint === undefined)
        track.commit(null, this.#completedAt);
      const own = isVector(counted) ? (positionOf(counted, name) ?? null) : counted;
      return this.observe(name, reading, { ...context, counted: own });
    });
    return went.includes(true);
  }

  /** Clears all partitions. Declared partitions start with an unknown state. */
  clear(declared: readonly string[] = []): void {
    this.#tracks.clear();
    this.#completedAt = undefined;
    for (const partition of declared) this.#of(partition);
  }

  #names(): string[] {
    return this.named().map(([name]) => name);
  }

  #of(partition: PartitionKey): PartitionProgress {
    const known = this.#tracks.get(partition);
    if (known !== undefined) return known;
    const made = new PartitionProgress();
    this.#tracks.set(partition, made);
    return made;
  }
}
