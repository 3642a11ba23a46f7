import { types } from 'node:util';
import type { DiscoveredInstance } from '../../instrumentation/binding/instance-discovery.js';
import { observePromiseOf } from '../../instrumentation/results/observed-promise.js';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import { LimitedValues, toLabelValue } from '../../kernel/label.js';
import {
  type NamedSource,
  NamedSources,
  type Registration,
} from '../../resources/named-sources.js';
import type { DatabasesOptions } from './databases-options.js';
import type { KnownClient } from './known-client.js';
import { mongoClient, mongooseConnection } from './mongo-queries.js';
import { pgClient, pgPool } from './pg-queries.js';
import { type PrismaExtension, prismaExtension } from './prisma-queries.js';
import { type DatabaseRecorder, QueryRecorder, type QueryRecorderDeps } from './query-recorder.js';
import { OTHER_OPERATION, sqlOperation } from './sql-operation.js';
import { typeOrmSource } from './typeorm-queries.js';

const KNOWN: readonly KnownClient[] = [
  pgPool,
  typeOrmSource,
  pgClient,
  mongoClient,
  mongooseConnection,
];

// Names beyond this number share one series.
const MOST_DATABASES = 100;

/** Query that the application observes itself. */
export interface OwnQuery {
  /** Value of the label `database`: a name from a small set. */
  readonly database: string;
  /** SQL statement. Its verb is the value of the label `operation`; the text itself is not kept. */
  readonly statement: string;
}

/**
 * Database queries of one application, provided by the plugin {@link databases}. The plugin observes the clients among the
 * providers by itself; this class observes others.
 */
export class DatabaseQueries {
  readonly #clients = new NamedSources('database client');
  readonly #own = new Map<string, DatabaseRecorder>();
  readonly #names = new LimitedValues(MOST_DATABASES);
  readonly #waiting: ((recorder: QueryRecorder) => void)[] = [];
  #recorder: QueryRecorder | undefined;

  /**
   * Observes a client that is no provider of the application: a pool or client of `pg`, a `DataSource` of TypeORM, a
   * connection of Mongoose, or a `MongoClient`. A client that is passed before the application starts is observed from
   * its start on.
   *
   * @param database - Value of the label `database`.
   * @returns Registration that ends the observation.
   * @throws ConfigurationError `OBS_SOURCE_INVALID`, `OBS_SOURCE_DUPLICATE`
   */
  observe(database: string, client: object): Registration {
    const known = knownClient(client);
    if (known !== undefined) return this.#clients.register(this.#source(database, known, client));
    throw new ConfigurationError('OBS_SOURCE_INVALID', {
      subject: `database client ${database}`,
      value: client,
      rule: 'a pool or client of pg, a DataSource of TypeORM, a connection of Mongoose, or a MongoClient',
      remedy: 'Pass the client itself, or use run() for queries of other clients.',
    });
  }

  /**
   * Runs a query of any other client, and records its duration and outcome.
   *
   * @param query - Database and statement.
   * @param run - Sends the query.
   * @returns The result of `run`, unchanged; a promise is recorded when it settles.
   *
   * @example
   * ```ts
   * import { DatabaseQueries } from '@eventcore/nestjs-observability/databases';
   *
   * declare const queries: DatabaseQueries;
   * declare const send: (statement: string) => Promise<unknown[]>;
   *
   * export function ordersOf(customer: string): Promise<unknown[]> {
   *   const statement = `select * from orders where customer = '${customer}'`;
   *   return queries.run({ database: 'orders', statement }, () => send(statement));
   * }
   * ```
   */
  run<T>(query: OwnQuery, run: () => T): T {
    const recorder = this.#ownRecorder(() => query.database);
    if (recorder === undefined) return run();
    const operation = operationOf(query);
    const startedMs = recorder.start();
    const failed = (error: unknown) => recorder.fail(operation, startedMs, error);
    try {
      const result = run();
      if (types.isPromise(result)) {
        const succeeded = (it: unknown) => {
          recorder.succeed(operation, startedMs);
          return it;
        };
        return observePromiseOf(result, { succeeded, failed }) as T;
      }
      recorder.succeed(operation, startedMs);
      return result;
    } catch (error) {
      failed(error);
      throw error;
    }
  }

  /**
   * Returns an extension that observes a Prisma client: `new PrismaClient().$extends(queries.prisma('orders'))`. Operations
   * count under the verb of SQL that they stand for: `findMany` as `select`.
   *
   * @param database - Value of the label `database`.
   */
  prisma(database: string): PrismaExtension {
    return prismaExtension(() => this.#ownRecorder(() => database));
  }

  /**
   * Begins to record.
   *
   * @internal
   */
  start(
    deps: QueryRecorderDeps,
    instances: Iterable<DiscoveredInstance>,
    { exclude = [], names = {} }: DatabasesOptions,
  ): void {
    const recorder = new QueryRecorder(deps);
    this.#recorder = recorder;
    for (const begin of this.#waiting.splice(0)) begin(recorder);
    for (const { name: own, instance } of instances) {
      const known = exclude.includes(own) ? undefined : knownClient(instance);
      if (known === undefined) continue;
      const name = Object.hasOwn(names, own) ? (names[own] as string) : own;
      try {
        this.#clients.registerFound(this.#source(name, known, instance));
      } catch (fault) {
        deps.report(fault);
      }
    }
  }

  /**
   * Ends all observations.
   *
   * @internal
   */
  stop(): void {
    this.#clients.clear();
    this.#own.clear();
    this.#recorder = undefined;
  }

  #source(name: string, known: KnownClient, client: object): NamedSource {
    return { name, instance: client, begin: (database) => this.#begin(database, known, client) };
  }

  #begin(database: string, known: KnownClient, client: object): () => void {
    let end: (() => void) | undefined;
    let isEnded = false;
    const begin = (recorder: QueryRecorder) => {
      if (!isEnded) end = known.observe(client, recorder.of(database, known.usual));
    };
    if (this.#recorder === undefined) this.#waiting.push(begin);
    else begin(this.#recorder);
    return () => {
      isEnded = true;
      end?.();
    };
  }

  /** A name that cannot be read is reported, and its queries are not observed. */
  #ownRecorder(nameOf: () => string): DatabaseRecorder | undefined {
    const recorder = this.#recorder;
    if (recorder === undefined) return undefined;
    try {
      const database = this.#names.of(toLabelValue(nameOf()));
      let own = this.#own.get(database);
      if (own === undefined) this.#own.set(database, (own = recorder.of(database, [])));
      return own;
    } catch (fault) {
      recorder.report(fault);
      return undefined;
    }
  }
}

function operationOf(query: OwnQuery): string {
  try {
    return sqlOperation(query.statement);
  } catch {
    // A getter of the application.
    return OTHER_OPERATION;
  }
}

function knownClient(instance: unknown): KnownClient | undefined {
  return KNOWN.find((it) => it.recognises(instance));
}
