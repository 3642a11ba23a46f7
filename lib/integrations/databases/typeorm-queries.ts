import { MethodOverrides } from '../../instrumentation/calls/method-overrides.js';
import { readWithoutGetters } from '../../kernel/hooks.js';
import { pgPoolSource } from '../../resources/pools/pg-pool.js';
import { typeOrmPoolSource } from '../../resources/pools/typeorm-pool.js';
import { observeConnects } from './pg-queries.js';
import { type KnownClient, USUAL_SQL } from './known-client.js';
import type { DatabaseRecorder } from './query-recorder.js';
import { sqlOperation } from './sql-operation.js';

/** Event of TypeORM before and after a query, with the members that this library uses. */
interface QueryEvent {
  readonly queryRunner: object;
  readonly query: string;
  readonly parameters?: unknown;
  readonly success?: boolean;
  readonly error?: unknown;
}

/** Queries of one query runner whose end has not been told of yet. */
const RUNNING_KEPT = 100;

interface Running {
  readonly query: string;
  readonly parameters: unknown;
  readonly startedMs: number;
}

/** Subscriber of TypeORM that is told of queries and of nothing else. */
class QuerySubscriber {
  readonly #recorder: DatabaseRecorder;
  readonly #running = new WeakMap<object, Running[]>();

  constructor(recorder: DatabaseRecorder) {
    this.#recorder = recorder;
  }

  beforeQuery({ queryRunner, query, parameters }: QueryEvent): void {
    const running = this.#running.get(queryRunner) ?? [];
    running.push({ query, parameters, startedMs: this.#recorder.start() });
    // A query runner of an embedded database lives as long as the application.
    if (running.length > RUNNING_KEPT) running.shift();
    this.#running.set(queryRunner, running);
  }

  afterQuery({ queryRunner, query, parameters, success, error }: QueryEvent): void {
    const running = this.#running.get(queryRunner) ?? [];
    // A query runner may be given several queries at once, and some drivers tell of a copy of the parameters afterwards.
    const same = running.filter((it) => it.query === query);
    const begun = same.find((it) => it.parameters === parameters) ?? same[0];
    if (begun === undefined) return;
    running.splice(running.indexOf(begun), 1);
    const operation = sqlOperation(query);
    if (success === false) this.#recorder.fail(operation, begun.startedMs, error);
    else this.#recorder.succeed(operation, begun.startedMs);
  }
}

/** Data sources of TypeORM, observed by a subscriber. */
export const typeOrmSource: KnownClient = {
  usual: USUAL_SQL,
  recognises: (instance) => typeOrmPoolSource(instance) !== undefined,
  observe: (source, recorder) => {
    const subscriber = new QuerySubscriber(recorder);
    const overrides = new MethodOverrides();
    let endConnects: (() => void) | undefined;
    const subscribe = () => {
      const subscribers = subscribersOf(source);
      if (subscribers?.includes(subscriber) === false) subscribers.push(subscriber);
      endConnects?.();
      const pool = readWithoutGetters(readWithoutGetters(source, 'driver'), 'master');
      endConnects = pgPoolSource(pool) && observeConnects(pool as object, recorder);
    };
    subscribe();
    // A data source that connects makes its list of subscribers anew.
    overrides.method(
      source,
      'initialize',
      (original) =>
        async function (this: unknown, ...args) {
          const connected: unknown = await original.apply(this, args);
          subscribe();
          return connected;
        },
    );
    return () => {
      overrides.release();
      endConnects?.();
      const subscribers = subscribersOf(source);
      const place = subscribers?.indexOf(subscriber) ?? -1;
      if (place >= 0) subscribers?.splice(place, 1);
    };
  },
};

function subscribersOf(source: object): object[] | undefined {
  const subscribers = readWithoutGetters(source, 'subscribers');
  return Array.isArray(subscribers) ? (subscribers as object[]) : undefined;
}
