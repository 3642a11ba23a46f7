import type { CheckpointSource } from '../../../../lib/projections/checkpoint-source.js';
import type {
  HeadAnswer,
  HeadReading,
  HeadSource,
} from '../../../../lib/projections/head-source.js';
import type { Checkpoint } from '../../../../lib/projections/position.js';
import type { ProjectionScope } from '../../../../lib/projections/projection-scope.js';
import type { Setting } from './history.js';

export interface StoredEvent {
  readonly position: number;
  readonly recordedMs: number;
  readonly matches: boolean;
}

/** A read that a source answered, or failed to. */
export interface SourceRead {
  readonly of: 'head' | 'checkpoint';
  readonly works: boolean;
}

/** A store of events with a table of checkpoints; it answers what its setting lets it. */
export class Store implements HeadSource, CheckpointSource {
  readonly logs: StoredEvent[][];
  /** Number of committed events of each log; `undefined` without a row. */
  readonly rows: (number | undefined)[];
  readonly #setting: Setting;
  headWorks = true;
  checkpointsWork = true;
  onRead: ((read: SourceRead) => void) | undefined;

  constructor(setting: Setting) {
    this.#setting = setting;
    const logs = Math.max(1, setting.partitions);
    this.logs = Array.from({ length: logs }, () => []);
    this.rows = Array.from({ length: logs }, () => undefined);
  }

  async observe(scopes: readonly ProjectionScope[]) {
    this.onRead?.({ of: 'head', works: this.headWorks });
    if (!this.headWorks) throw new Error('the head cannot be read');
    return new Map<string, HeadAnswer>(scopes.map((it) => [it.key, this.#answer(it)]));
  }

  async read(scopes: readonly ProjectionScope[]) {
    this.onRead?.({ of: 'checkpoint', works: this.checkpointsWork });
    if (!this.checkpointsWork) throw new Error('checkpoints cannot be read');
    return new Map(scopes.map(({ key }) => [key, this.checkpoint()]));
  }

  /** What the table of checkpoints says. */
  checkpoint(): Checkpoint {
    const positions = this.rows.map((_, i) => this.#rowPosition(i));
    if (this.#setting.partitions === 0) return positions[0] ?? null;
    const named = positions.flatMap((it, i) => (it === null ? [] : [[`p${i}`, it]]));
    return named.length === 0 ? null : (Object.fromEntries(named) as Checkpoint);
  }

  #rowPosition(log: number): number | null {
    const row = this.rows[log];
    return row === undefined ? null : (this.logs[log]?.[row - 1]?.position ?? null);
  }

  #answer(scope: ProjectionScope): HeadAnswer {
    const { checkpoint, target } = scope;
    if (this.#setting.partitions === 0) return this.#reading(0, { checkpoint, target } as Known);
    const of = (vector: unknown, i: number) =>
      vector === null || vector === undefined
        ? vector
        : ((vector as Record<string, unknown>)[`p${i}`] ?? null);
    const readings = this.logs.map((_, i) => {
      const known = { checkpoint: of(checkpoint, i), target: of(target, i) } as Known;
      return [`p${i}`, this.#reading(i, known)] as const;
    });
    return { partitions: new Map(readings) };
  }

  #reading(log: number, { checkpoint: asked, target }: Known): HeadReading {
    const { head: kind } = this.#setting;
    const events = this.logs[log] as StoredEvent[];
    const matching = events.filter((it) => it.matches);
    const last = (kind === 'lastOfAll' ? events : matching).at(-1);
    const head = last?.position ?? null;
    const checkpoint = kind === 'combined' ? this.#rowPosition(log) : asked;
    const read = kind === 'combined' ? { checkpoint: checkpoint as Checkpoint } : {};
    if (kind === 'headOnly' || checkpoint === undefined) return { head, ...read };
    const pending = matching.filter((it) => it.position > (checkpoint ?? -Infinity));
    const oldest = Math.min(...pending.map((it) => it.recordedMs));
    const time = pending.length === 0 ? {} : { oldestPendingMs: oldest };
    if (kind === 'oldest') return { head, ...time };
    const inReach = pending.filter((it) => it.position <= (target ?? -Infinity)).length;
    const toTarget = target === undefined ? {} : { pendingToTarget: inReach };
    return { head, pendingEvents: pending.length, ...time, ...toTarget, ...read };
  }
}

interface Known {
  readonly checkpoint: number | null | undefined;
  readonly target: number | null | undefined;
}
