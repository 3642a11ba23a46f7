import { KurrentDbCatchUpProgress } from '../../../lib/projections/sources/kurrentdb/kurrentdb-catch-up-progress.js';
import { KurrentDbPersistentProgress } from '../../../lib/projections/sources/kurrentdb/kurrentdb-persistent-progress.js';
import type { HeadSource } from '../../../lib/projections/head-source.js';
import { KurrentDbDouble } from './kurrentdb-double.js';
import { clientsOf, forEachProjection, type LogUnderTest } from './log-under-test.js';
import { describeProgressSource } from './progress-source-contract.js';

function logOf(sourceOf: (client: KurrentDbDouble) => HeadSource): LogUnderTest & {
  readonly database: KurrentDbDouble;
} {
  const database = new KurrentDbDouble();
  const clients = clientsOf(database);
  return {
    database,
    source: sourceOf(clients.counting),
    dead: sourceOf(clients.dead),
    // A generator is asked at once, and waits for its first event.
    hanging: sourceOf(hangingReads(clients.hanging)),
    requests: clients.requests,
    append: async (events) => database.append(events),
    apply: async (count) => {
      database.handled += count;
    },
  };
}

function hangingReads(client: KurrentDbDouble): KurrentDbDouble {
  const next = () => new Promise<never>(() => {});
  const never = () => ({ [Symbol.asyncIterator]: () => ({ next }) });
  return new Proxy(client, {
    get: (target, name) =>
      name === 'readStream' || name === 'readAll' ? never : Reflect.get(target, name),
  });
}

describeProgressSource(
  'catch-up subscriptions of KurrentDB to a stream',
  { counts: true, tellsTime: true, filters: 'refused' },
  async () => {
    const streams = forEachProjection({ stream: '$ce-order' });
    const log = logOf((client) => new KurrentDbCatchUpProgress(client, streams));
    const { database } = log;
    return { ...log, checkpoint: () => database.events[database.handled - 1]?.revision ?? null };
  },
);

describeProgressSource(
  'catch-up subscriptions of KurrentDB to all streams',
  { counts: false, tellsTime: true, filters: 'one' },
  async () => {
    const all = forEachProjection({});
    const log = logOf((client) => new KurrentDbCatchUpProgress(client, all));
    const { database } = log;
    return {
      ...log,
      checkpoint: () => database.events[database.handled - 1]?.position.commit ?? null,
    };
  },
);

describeProgressSource(
  'persistent subscriptions of KurrentDB to a stream',
  { counts: true, tellsTime: false, filters: 'uncounted' },
  async () => {
    const groups = forEachProjection({ stream: '$ce-order', group: 'g' });
    return logOf((client) => new KurrentDbPersistentProgress(client, groups));
  },
);

describeProgressSource(
  'persistent subscriptions of KurrentDB to all streams',
  { counts: false, tellsTime: false, filters: 'uncounted' },
  async () => {
    const groups = forEachProjection({ group: 'g' });
    return logOf((client) => new KurrentDbPersistentProgress(client, groups));
  },
);
