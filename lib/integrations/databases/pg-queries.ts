import { types } from 'node:util';
import { MethodOverrides } from '../../instrumentation/calls/method-overrides.js';
import {
  type AnyFunction,
  takeIdentity,
} from '../../instrumentation/decorators/function-identity.js';
import { observePromiseOf } from '../../instrumentation/results/observed-promise.js';
import { declaresMethods, isObject } from '../../kernel/hooks.js';
import { pgPoolSource } from '../../resources/pools/pg-pool.js';
import { type KnownClient, USUAL_SQL } from './known-client.js';
import type { DatabaseRecorder } from './query-recorder.js';
import { sqlOperation } from './sql-operation.js';

/** Operation of a query that got no connection. */
const CONNECT = 'connect';

/** Client of `pg`, with the members that this library uses. */
interface PgClient {
  query: AnyFunction;
}

/** Pool of `pg`, with the members that this library uses. */
interface PgPool {
  on(event: string, listener: (client: PgClient) => void): unknown;
  off(event: string, listener: (client: PgClient) => void): unknown;
}

/** Query that a client sends: a config, or an object that sends itself, such as a cursor. */
interface PgQuery {
  readonly text?: unknown;
  readonly cursor?: { readonly text?: unknown };
  readonly callback?: unknown;
  readonly submit?: unknown;
}

/** Pools of `pg`: their clients are observed when they are lent. */
export const pgPool: KnownClient = {
  usual: USUAL_SQL,
  recognises: (instance) => pgPoolSource(instance) !== undefined,
  observe: (instance, recorder) => {
    const pool = instance as PgPool;
    const clients = new Map<PgClient, () => void>();
    const lent = (client: PgClient) => {
      if (!clients.has(client)) clients.set(client, observeQueries(client, recorder));
    };
    const removed = (client: PgClient) => void clients.delete(client);
    pool.on('acquire', lent);
    pool.on('remove', removed);
    const endConnects = observeConnects(pool, recorder);
    return () => {
      pool.off('acquire', lent);
      pool.off('remove', removed);
      endConnects();
      for (const restore of clients.values()) restore();
      clients.clear();
    };
  },
};

/** Single clients of `pg`. */
export const pgClient: KnownClient = {
  usual: USUAL_SQL,
  recognises: (instance) =>
    isObject(instance) &&
    declaresMethods(instance, 'connect', 'query', 'end', 'escapeIdentifier', 'setTypeParser'),
  observe: (instance, recorder) => observeQueries(instance as PgClient, recorder),
};

/** Counts the queries that get no connection from a pool. */
export function observeConnects(pool: object, recorder: DatabaseRecorder): () => void {
  const overrides = new MethodOverrides();
  overrides.method(
    pool,
    'connect',
    (original) =>
      function (this: unknown, ...args) {
        const startedMs = recorder.start();
        const failed = (error: unknown) => recorder.fail(CONNECT, startedMs, error);
        const [callback] = args;
        if (typeof callback === 'function') {
          const told = (error: unknown, ...rest: unknown[]): unknown => {
            if (error) failed(error);
            return Reflect.apply(callback, undefined, [error, ...rest]) as unknown;
          };
          return original.call(this, told);
        }
        const result: unknown = original.apply(this, args);
        if (!types.isPromise(result)) return result;
        return observePromiseOf(result, { succeeded: (client) => client, failed });
      },
  );
  return () => overrides.release();
}

/** Overrides `query` of one client. Prototypes stay as they are. */
function observeQueries(client: PgClient, recorder: DatabaseRecorder): () => void {
  const before = Object.getOwnPropertyDescriptor(client, 'query');
  const original = client.query;
  const observed: AnyFunction = function (this: unknown, ...args) {
    return new QueryCall(original, args, recorder).send(this);
  };
  takeIdentity(observed, original);
  const value = { value: observed, writable: true, configurable: true, enumerable: false };
  Object.defineProperty(client, 'query', value);
  return () => {
    if (client.query !== observed) return;
    if (before === undefined) Reflect.deleteProperty(client, 'query');
    else Object.defineProperty(client, 'query', before);
  };
}

/** One call of `query`. */
class QueryCall {
  readonly #original: AnyFunction;
  readonly #args: unknown[];
  readonly #recorder: DatabaseRecorder;
  readonly #operation: string;
  readonly #startedMs: number;
  #isOpen = true;

  constructor(original: AnyFunction, args: unknown[], recorder: DatabaseRecorder) {
    this.#original = original;
    this.#args = args;
    this.#recorder = recorder;
    this.#operation = operationOf(args[0]);
    this.#startedMs = recorder.start();
  }

  send(client: unknown): unknown {
    const [query] = this.#args;
    const isSubmittable = typeof (query as PgQuery | null | undefined)?.submit === 'function';
    if (isSubmittable) this.#follow(query as Record<string, unknown>);
    const isFollowed = isSubmittable || this.#followCallback();
    try {
      const result: unknown = this.#original.apply(client, this.#args);
      return isFollowed ? result : this.#followPromise(result);
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  #followPromise(result: unknown): unknown {
    if (!types.isPromise(result)) {
      this.#succeeded();
      return result;
    }
    const succeeded = (rows: unknown) => {
      this.#succeeded();
      return rows;
    };
    return observePromiseOf(result, { succeeded, failed: (error) => this.#failed(error) });
  }

  #followCallback(): boolean {
    const place = this.#args.findLastIndex((it) => typeof it === 'function');
    const [query] = this.#args;
    if (place > 0) this.#args[place] = this.#told(this.#args[place] as AnyFunction);
    else if (typeof (query as PgQuery | null | undefined)?.callback === 'function') {
      const callback = this.#told((query as { callback: AnyFunction }).callback);
      // The config of the application stays as it is, and getters of its class stay reachable.
      this.#args[0] = Object.create(query as object, { callback: { value: callback } });
    } else return false;
    return true;
  }

  #told(callback: AnyFunction): AnyFunction {
    const ended = (error: unknown) => (error ? this.#failed(error) : this.#succeeded());
    return function (this: unknown, ...args) {
      ended(args[0]);
      return callback.apply(this, args);
    };
  }

  /** A query that sends itself is told of its end. */
  #follow(query: Record<string, unknown>): void {
    const listen = (key: string, ended: (argument: unknown) => void) => {
      const original = query[key];
      if (typeof original !== 'function') return;
      query[key] = function (this: unknown, ...args: unknown[]): unknown {
        ended(args[0]);
        return Reflect.apply(original, this, args) as unknown;
      };
    };
    listen('handleError', (error) => this.#failed(error));
    listen('handleReadyForQuery', () => this.#succeeded());
  }

  #succeeded(): void {
    if (this.#isOpen) this.#recorder.succeed(this.#operation, this.#startedMs);
    this.#isOpen = false;
  }

  #failed(error: unknown): void {
    if (this.#isOpen) this.#recorder.fail(this.#operation, this.#startedMs, error);
    this.#isOpen = false;
  }
}

function operationOf(query: unknown): string {
  if (typeof query === 'string') return sqlOperation(query);
  const { text, cursor } = (query ?? {}) as PgQuery;
  return sqlOperation(text ?? cursor?.text);
}
