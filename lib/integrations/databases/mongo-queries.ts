import { declaresMethods, isObject } from '../../kernel/hooks.js';
import type { KnownClient } from './known-client.js';
import type { DatabaseRecorder } from './query-recorder.js';
import { OTHER_OPERATION } from './sql-operation.js';

/** Client of the MongoDB driver, with the members that this library uses. */
interface MongoClient {
  readonly monitorCommands?: unknown;
  on(event: string, listener: (event: CommandEvent) => void): unknown;
  off(event: string, listener: (event: CommandEvent) => void): unknown;
}

/** Connection of Mongoose, with the members that this library uses. */
interface MongooseConnection {
  getClient(): MongoClient | undefined;
  once(event: string, listener: () => void): unknown;
}

/** Command monitoring event of the driver. */
interface CommandEvent {
  readonly requestId: number;
  readonly commandName: string;
  readonly failure?: unknown;
}

interface Running {
  readonly operation: string;
  readonly startedMs: number;
}

// Operations by the names of commands.
const OPERATIONS: ReadonlyMap<string, string> = new Map([
  ...['find', 'aggregate', 'count', 'distinct', 'insert', 'update', 'delete'].map(
    (it): [string, string] => [it, it],
  ),
  ['getMore', 'get_more'],
  ['findAndModify', 'find_and_modify'],
  ['bulkWrite', 'bulk_write'],
  ['create', 'create'],
  ['createIndexes', 'create'],
  ['drop', 'drop'],
  ['dropIndexes', 'drop'],
  ['dropDatabase', 'drop'],
  ['commitTransaction', 'commit'],
  ['abortTransaction', 'rollback'],
]);

// Commands that the driver sends of its own accord.
const OF_DRIVER: ReadonlySet<string> = new Set(
  'hello ismaster isMaster saslStart saslContinue authenticate getnonce endSessions killCursors'.split(
    ' ',
  ),
);

// Commands of lost connections may never end.
const MOST_RUNNING = 10_000;

const USUAL = ['find', 'aggregate', 'insert', 'update', 'delete'];

/** Clients of the MongoDB driver, observed by its command monitoring. */
export const mongoClient: KnownClient = {
  usual: USUAL,
  recognises: (instance) =>
    isObject(instance) && declaresMethods(instance, 'db', 'startSession', 'on', 'off', 'watch'),
  observe: (client, recorder) => observeCommands(client as MongoClient, recorder),
};

/** Connections of Mongoose, observed by their client. */
export const mongooseConnection: KnownClient = {
  usual: USUAL,
  recognises: (instance) =>
    isObject(instance) && declaresMethods(instance, 'getClient', 'model', 'once'),
  observe: (connection, recorder) => observeConnection(connection as MongooseConnection, recorder),
};

/** A connection has a client from its first attempt to connect on. */
function observeConnection(connection: MongooseConnection, recorder: DatabaseRecorder): () => void {
  let end: (() => void) | undefined;
  let isStopped = false;
  const observe = (): boolean => {
    const client = isStopped ? undefined : connection.getClient();
    if (client !== undefined && client !== null) end ??= observeCommands(client, recorder);
    return end !== undefined;
  };
  if (!observe()) connection.once('connected', () => void observe());
  return () => {
    isStopped = true;
    end?.();
  };
}

function observeCommands(client: MongoClient, recorder: DatabaseRecorder): () => void {
  if (client.monitorCommands === false) {
    recorder.report(
      new Error('a MongoClient is not observed: it needs the option monitorCommands: true'),
    );
  }
  const running = new Map<number, Running>();
  const started = ({ requestId, commandName }: CommandEvent) => {
    if (OF_DRIVER.has(commandName)) return;
    const operation = OPERATIONS.get(commandName) ?? OTHER_OPERATION;
    running.set(requestId, { operation, startedMs: recorder.start() });
    if (running.size > MOST_RUNNING) running.delete(running.keys().next().value as number);
  };
  const ended = ({ requestId, failure }: CommandEvent, isFailure: boolean) => {
    const begun = running.get(requestId);
    if (begun === undefined) return;
    running.delete(requestId);
    if (isFailure) recorder.fail(begun.operation, begun.startedMs, failure);
    else recorder.succeed(begun.operation, begun.startedMs);
  };
  const listeners = {
    commandStarted: started,
    commandSucceeded: (event: CommandEvent) => ended(event, false),
    commandFailed: (event: CommandEvent) => ended(event, true),
  };
  for (const [event, listener] of Object.entries(listeners)) client.on(event, listener);
  return () => {
    for (const [event, listener] of Object.entries(listeners)) client.off(event, listener);
  };
}
