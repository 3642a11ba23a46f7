import { KafkaProgress } from '../../../lib/projections/sources/kafka-progress.js';
import { KafkaDouble } from './kafka-double.js';
import { clientsOf, forEachProjection } from './log-under-test.js';
import { describeProgressSource } from './progress-source-contract.js';

describeProgressSource(
  'consumer groups of Kafka',
  { counts: true, tellsTime: false, filters: 'uncounted' },
  async () => {
    const kafka = new KafkaDouble();
    const clients = clientsOf(kafka);
    const groups = forEachProjection({ groupId: 'g', topics: ['orders'] });
    return {
      source: new KafkaProgress(clients.counting, groups),
      dead: new KafkaProgress(clients.dead, groups),
      hanging: new KafkaProgress(clients.hanging, groups),
      requests: clients.requests,
      async append(events) {
        for (const _ of events) kafka.high[smallest(kafka.high)]!++;
      },
      async apply(count) {
        for (let i = 0; i < count; i++) {
          const of = smallest(kafka.committed);
          kafka.committed[of] = Math.max(0, kafka.committed[of]!) + 1;
        }
      },
    };
  },
);

function smallest(offsets: readonly number[]): number {
  return offsets[0]! <= offsets[1]! ? 0 : 1;
}
