import type { DatabaseRecorder } from './query-recorder.js';
import { OTHER_OPERATION, sqlOperation } from './sql-operation.js';

/** Query that an extension of Prisma receives. */
export interface PrismaQuery {
  /** Name of the operation: `findMany`, `$queryRaw`. */
  readonly operation: string;
  /** Arguments of the operation. */
  readonly args: unknown;
  /** Runs the query. */
  query(args: unknown): Promise<unknown>;
}

/** Extension for `$extends()` of a Prisma client. */
export interface PrismaExtension {
  /** Name of the extension. */
  readonly name: string;
  /** Hooks of the extension. */
  readonly query: {
    /** Runs around each operation. */
    $allOperations(query: PrismaQuery): Promise<unknown>;
  };
}

// Verbs of SQL by the first word of an operation.
const VERBS: readonly (readonly [prefix: RegExp, verb: string])[] = [
  [/^(?:find|aggregate|count|groupBy)/, 'select'],
  [/^create/, 'insert'],
  [/^update/, 'update'],
  [/^delete/, 'delete'],
  [/^upsert$/, 'merge'],
];

/** Returns an extension that observes the operations of a client. */
export function prismaExtension(recorder: () => DatabaseRecorder | undefined): PrismaExtension {
  return {
    name: 'observability',
    query: {
      async $allOperations({ operation, args, query }) {
        const observer = recorder();
        if (observer === undefined) return query(args);
        const verb = verbOf(operation, args);
        const startedMs = observer.start();
        try {
          const result = await query(args);
          observer.succeed(verb, startedMs);
          return result;
        } catch (error) {
          observer.fail(verb, startedMs, error);
          throw error;
        }
      },
    },
  };
}

function verbOf(operation: string, args: unknown): string {
  if (/^\$(?:query|execute)Raw/.test(operation)) return sqlOperation(statementIn(args));
  return VERBS.find(([prefix]) => prefix.test(operation))?.[1] ?? OTHER_OPERATION;
}

/** Raw queries are a tagged template, or a text with its values. */
function statementIn(args: unknown): unknown {
  const [first] = Array.isArray(args) ? (args as unknown[]) : [args];
  if (typeof first === 'string') return first;
  const { strings } = (first ?? {}) as { readonly strings?: readonly unknown[] };
  return Array.isArray(strings) ? strings.join('?') : undefined;
}
