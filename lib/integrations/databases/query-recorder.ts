import type { Clock } from '../../kernel/clock.js';
import { errorTypeOf } from '../../kernel/errors/error-description.js';
import { databaseMetrics } from '../../metrics/catalogue/plugins/databases.js';
import {
  type CatalogueInstruments,
  registerCatalogue,
} from '../../metrics/recorders/catalogue-instruments.js';
import type { MetricRegistry } from '../../metrics/registry.js';

/** Dependencies of a {@link QueryRecorder}. */
export interface QueryRecorderDeps {
  readonly registry: MetricRegistry;
  readonly namespace: string;
  readonly clock: Clock;
  /** Receives the faults of an observation. */
  report(fault: unknown): void;
}

type Metrics = CatalogueInstruments<typeof databaseMetrics>;

interface OperationSeries {
  readonly queries: ReturnType<Metrics['queries']['labels']>;
  readonly duration: ReturnType<Metrics['duration']['labels']>;
}

/** Records the queries of one application. */
export class QueryRecorder {
  readonly #deps: QueryRecorderDeps;
  readonly #metrics: Metrics;

  constructor(deps: QueryRecorderDeps) {
    const { registry, namespace } = deps;
    this.#deps = deps;
    this.#metrics = registerCatalogue(registry, databaseMetrics, { namespace });
  }

  /** Reports a fault of an observation. */
  report(fault: unknown): void {
    this.#deps.report(fault);
  }

  /**
   * Returns the recorder of one database.
   *
   * @param usual - Operations whose counters begin at 0.
   */
  of(database: string, usual: readonly string[]): DatabaseRecorder {
    return new DatabaseRecorder(database, { ...this.#deps, metrics: this.#metrics, usual });
  }
}

interface DatabaseDeps extends QueryRecorderDeps {
  readonly metrics: Metrics;
  readonly usual: readonly string[];
}

/** Records the queries of one database. It never throws. */
export class DatabaseRecorder {
  readonly #database: string;
  readonly #deps: DatabaseDeps;
  readonly #series = new Map<string, OperationSeries>();

  constructor(database: string, deps: DatabaseDeps) {
    this.#database = database;
    this.#deps = deps;
    for (const it of deps.usual) this.#seriesOf(it).queries.inc(0);
  }

  /** Returns the monotonic time at which a query starts. */
  start(): number {
    return this.#deps.clock.monotonicMs();
  }

  /** Records the end of a query. */
  succeed(operation: string, startedMs: number): void {
    const { queries, duration } = this.#seriesOf(operation);
    queries.inc();
    duration.observe((this.#deps.clock.monotonicMs() - startedMs) / 1_000);
  }

  /** Records the end of a query that failed. */
  fail(operation: string, startedMs: number, error: unknown): void {
    this.succeed(operation, startedMs);
    const labels = { database: this.#database, operation };
    this.#deps.metrics.errors.labels({ ...labels, error_type: this.#typeOf(error) }).inc();
  }

  /** Reports a fault of an observation. */
  report(fault: unknown): void {
    this.#deps.report(fault);
  }

  #seriesOf(operation: string): OperationSeries {
    let series = this.#series.get(operation);
    if (series === undefined) {
      const { queries, duration } = this.#deps.metrics;
      const labels = { database: this.#database, operation };
      series = { queries: queries.labels(labels), duration: duration.labels(labels) };
      this.#series.set(operation, series);
    }
    return series;
  }

  #typeOf(error: unknown): string {
    try {
      return databaseErrorType(error);
    } catch (fault) {
      this.#deps.report(fault);
      return 'unknown';
    }
  }
}

const CODE = /^[A-Z0-9_]{2,40}$/;
const CODE_NAME = /^[A-Za-z]{2,60}$/;

/** Returns what the database calls an error (SQLSTATE, `P2002`, `DuplicateKey`), else its type. */
function databaseErrorType(error: unknown): string {
  const { code, codeName } = (error ?? {}) as { code?: unknown; codeName?: unknown };
  if (typeof code === 'string' && CODE.test(code)) return code;
  if (typeof codeName === 'string' && CODE_NAME.test(codeName)) return codeName;
  return errorTypeOf(error);
}
