import type { Faults } from '../../kernel/faults.js';
import { absorb, requireSync, shown } from '../../kernel/hooks.js';
import {
  type CatalogueNaming,
  registerCatalogue,
} from '../../metrics/recorders/catalogue-instruments.js';
import { poolMetrics } from '../../metrics/catalogue/resources.js';
import type { StateChanges } from '../../kernel/state-changes.js';
import type { PoolAnswer, PoolReading } from './pool-source.js';
import type { MetricRegistry } from '../../metrics/registry.js';

const COMPONENT = 'connection_pool';

/** Dependencies of the metrics of pools or circuit breakers. */
export interface ResourceMetricsDeps {
  readonly registry: MetricRegistry;
  readonly faults: Faults;
  readonly changes: StateChanges;
}

/** Pool whose readings are published. */
export interface PublishedPool {
  /** Value of the label `pool`. */
  readonly name: string;
  read(): PoolAnswer;
  /** Called once, when the pool was closed. */
  ended(): void;
}

/** Publishes readings of connection pools. Pools are read with each snapshot; series are absent when the read fails. */
export class PoolMetrics {
  readonly #instruments;
  readonly #faults: Faults;
  readonly #changes: StateChanges;
  readonly #pools = new Set<PublishedPool>();
  readonly #exhausted = new Set<string>();

  constructor({ registry, faults, changes }: ResourceMetricsDeps, { namespace }: CatalogueNaming) {
    this.#faults = faults;
    this.#changes = changes;
    this.#instruments = registerCatalogue(registry, poolMetrics, { namespace });
    registry.onCollect(() => this.#collect());
  }

  /** Publishes a pool from the next snapshot on. */
  publish(pool: PublishedPool): void {
    this.#pools.add(pool);
  }

  /** Removes a pool and its series. */
  withdraw(pool: PublishedPool): void {
    if (this.#pools.delete(pool)) this.#removeSeries(pool.name);
  }

  /** Returns the current readings by pool name. Pools without a reading are omitted. */
  readings(): Map<string, PoolReading> {
    const answers = [...this.#pools].map((pool) => [pool.name, this.#read(pool)] as const);
    return new Map(answers.filter((it): it is [string, PoolReading] => typeof it[1] === 'object'));
  }

  #collect(): void {
    for (const pool of this.#pools) {
      const answer = this.#read(pool);
      if (answer === undefined) this.#removeSeries(pool.name);
      else if (answer !== 'ended') {
        this.#set(pool.name, answer);
        this.#tell(pool.name, answer);
      } else {
        this.withdraw(pool);
        pool.ended();
      }
    }
  }

  #read(pool: PublishedPool): PoolAnswer {
    try {
      const answer = requireSync(pool.read());
      return answer === undefined || answer === 'ended' ? answer : checked(answer);
    } catch (error) {
      this.#faults.report(COMPONENT, error);
      return undefined;
    }
  }

  #set(pool: string, reading: PoolReading): void {
    for (const key of NUMBERS) {
      const value = reading[key];
      if (value === undefined) this.#instruments[key].remove({ pool });
      else this.#instruments[key].labels({ pool }).set(value);
    }
  }

  /** Callers wait and no connection is free. */
  #tell(name: string, { size, available, maxSize: max_size, pending = 0 }: PoolReading): void {
    const isExhausted = available === 0 && pending > 0;
    if (isExhausted === this.#exhausted.has(name)) return;
    if (isExhausted) this.#exhausted.add(name);
    else this.#exhausted.delete(name);
    const to = isExhausted ? 'exhausted' : 'available';
    const facts = { size, available, max_size, pending };
    this.#changes.tell({ subject: 'connection_pool', name, to, facts });
  }

  #removeSeries(pool: string): void {
    this.#exhausted.delete(pool);
    for (const key of NUMBERS) this.#instruments[key].remove({ pool });
  }
}

const NUMBERS = ['size', 'available', 'maxSize', 'pending'] as const;

/** Copies the reading, whose properties may be getters. */
function checked({ size, available, maxSize, pending }: PoolReading): PoolReading {
  return {
    size: count('size', size),
    available: count('available', available),
    maxSize: maxSize === Infinity ? undefined : count('maxSize', maxSize),
    pending: count('pending', pending),
  };
}

function count<T extends number | undefined>(name: string, value: T): T {
  const isMissing = value === undefined && (name === 'maxSize' || name === 'pending');
  if (isMissing || (Number.isFinite(value) && (value as number) >= 0)) return value;
  absorb(value);
  throw new RangeError(`${name} of a pool must be a finite number, 0 or more, not ${shown(value)}`);
}
