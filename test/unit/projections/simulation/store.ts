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

/** A request to a source. */
export interface SourceRequest {
  readonly of: 'head' | 'checkpoint';
  readonly works: boolean;
}

const HOSTILE = ['__proto__', 'constructor', 'toString'];

/** A store of events with a table of checkpoints; it answers what its setting lets it. */
export class Store implements HeadSource, CheckpointSource {
  readonly logs: StoredEvent[][];
  /** Position of the last committed event of each log; `undefined` without a row. */
  readonly rows: (number | undefined)[];
  readonly #setting: Setting;
  headWorks = true;
  checkpointsWork = true;
  /** Called with each request; what it returns is called right before the answer. */
  onRequest: ((request: SourceRequest) => () => void) | undefined;
  /** Answers of one kind that are held back. */
  slow: { readonly of: SourceRequest['of']; readonly until: Promise<void> } | undefined;

  constructor(setting: Setting) {
    this.#setting = setting;
    const logs = Math.max(1, setting.partitions);
    this.logs = Array.from({ length: logs }, () => []);
    this.rows = Array.from({ length: logs }, () => undefined);
  }

  /** Names of the partitions, one for each log. */
  get names(): readonly string[] {
    const { hostile, declared } = this.#setting;
    if (!hostile) return this.logs.map((_, i) => `p${i}`);
    // Only a declared partition may have an empty name.
    return this.logs.map((_, i) => (declared && i === 2 ? '' : (HOSTILE[i] as string)));
  }

  observe(scopes: readonly ProjectionScope[]) {
    const request = { of: 'head', works: this.headWorks } as const;
    return this.#answered(request, () => scopes.map((it) => [it.key, this.#answer(it)] as const));
  }

  read(scopes: readonly ProjectionScope[]) {
    const request = { of: 'checkpoint', works: this.checkpointsWork } as const;
    return this.#answered(request, () => {
      const at = ({ partition }: ProjectionScope) =>
        partition === undefined ? this.checkpoint() : this.#rowOf(partition);
      return scopes.map((it) => [it.key, at(it)] as const);
    });
  }

  async #answered<A>(
    request: SourceRequest,
    answer: () => (readonly [string, A])[],
  ): Promise<Map<string, A>> {
    const answered = this.onRequest?.(request);
    const answers = request.works ? new Map(answer()) : undefined;
    if (this.slow?.of === request.of) await this.slow.until;
    answered?.();
    if (answers === undefined) throw new Error('it cannot be read');
    return answers;
  }

  /** What the table of checkpoints says. */
  checkpoint(): Checkpoint {
    if (this.#setting.partitions === 0) return this.rows[0] ?? null;
    const named = this.names.flatMap((name, i) => (this.rows[i] ? [[name, this.rows[i]]] : []));
    return named.length === 0 ? null : (Object.fromEntries(named) as Checkpoint);
  }

  #rowOf(partition: string): number | null {
    return this.rows[this.names.indexOf(partition)] ?? null;
  }

  #answer({ checkpoint, target, partition }: ProjectionScope): HeadAnswer {
    const of = (vector: unknown, name: string): Known['checkpoint'] => {
      if (typeof vector !== 'object' || vector === null) return vector as Known['checkpoint'];
      return new Map(Object.entries(vector as Record<string, number>)).get(name) ?? null;
    };
    const reading = (name: string, log: number) => {
      const known = partition === undefined ? of(checkpoint, name) : (checkpoint as number | null);
      return this.#reading(log, { checkpoint: known, target: of(target, name) });
    };
    if (this.#setting.partitions === 0)
      return this.#reading(0, { checkpoint, target } as unknown as Known);
    if (partition !== undefined) return reading(partition, this.names.indexOf(partition));
    return { partitions: new Map(this.names.map((name, i) => [name, reading(name, i)])) };
  }

  #reading(log: number, { checkpoint: asked, target }: Known): HeadReading {
    const { head: kind, filtered, tellsEnd } = this.#setting;
    const events = this.logs[log] as StoredEvent[];
    const matching = events.filter((it) => it.matches);
    const last = (kind === 'lastOfAll' ? events : matching).at(-1);
    const head = last?.position ?? null;
    const end = filtered && tellsEnd ? { end: events.at(-1)?.position ?? null } : {};
    const checkpoint = kind === 'combined' ? (this.rows[log] ?? null) : asked;
    const read = kind === 'combined' ? { checkpoint: checkpoint as Checkpoint } : {};
    if (kind === 'headOnly' || checkpoint === undefined) return { head, ...end, ...read };
    const pending = matching.filter((it) => it.position > (checkpoint ?? -Infinity));
    const oldest = Math.min(...pending.map((it) => it.recordedMs));
    const time = pending.length === 0 ? {} : { oldestPendingMs: oldest };
    if (kind === 'oldest') return { head, ...end, ...time };
    const inReach = pending.filter((it) => it.position <= (target ?? -Infinity)).length;
    const toTarget = target === undefined ? {} : { pendingToTarget: inReach };
    return { head, ...end, pendingEvents: pending.length, ...time, ...toTarget, ...read };
  }
}

interface Known {
  readonly checkpoint: number | null | undefined;
  readonly target: number | null | undefined;
}
