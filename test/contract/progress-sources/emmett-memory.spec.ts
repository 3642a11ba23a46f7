import {
  getInMemoryDatabase,
  getInMemoryEventStore,
  inMemoryReactor,
} from '@event-driven-io/emmett';
import { EmmettMemoryProgress } from '../../../lib/projections/sources/emmett-memory-progress.js';
import { clientsOf, forEachProjection } from './log-under-test.js';
import { describeProgressSource } from './progress-source-contract.js';

describeProgressSource(
  'processors of Emmett in memory',
  { counts: true, tellsTime: true, filters: 'both' },
  async () => {
    const database = getInMemoryDatabase();
    const clients = clientsOf(database);
    const processors = forEachProjection('reactor');
    const source = new EmmettMemoryProgress(clients.counting, { processors });
    const hanging = { collection: () => ({ find: () => new Promise<never>(() => {}) }) };
    const appended: unknown[] = [];
    const store = getInMemoryEventStore({
      database,
      hooks: {
        onAfterCommit: (events) => {
          appended.push(...events);
          source.onAfterCommit(events);
        },
      },
    });
    const reactor = inMemoryReactor({
      processorId: 'reactor',
      eachMessage: () => {},
      connectionOptions: { database },
    });
    await reactor.start({ database });
    return {
      source,
      dead: new EmmettMemoryProgress(clients.dead, { processors }),
      hanging: new EmmettMemoryProgress(hanging, { processors }),
      requests: clients.requests,
      append: async (events) => {
        for (const { type, category } of events) {
          await store.appendToStream(`${category}-${appended.length}`, [{ type, data: {} }]);
        }
      },
      apply: async (count) => {
        await reactor.handle(appended.splice(0, count) as never, { database });
      },
    };
  },
);
