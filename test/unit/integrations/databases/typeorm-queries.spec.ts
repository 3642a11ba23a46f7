import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { DatabaseQueries } from '../../../../lib/integrations/databases/index.js';
import { makeRegistry } from '../../metrics/registry-of-test.js';

/** What TypeORM tells subscribers about a query. */
interface Told {
  readonly queryRunner: object;
  readonly query: string;
  readonly parameters?: unknown;
  readonly success?: boolean;
}

/** The subscriber that observes a data source which is not connected, and the durations of what it counted. */
function observedSource() {
  const { registry, clock } = makeRegistry();
  const queries = new DatabaseQueries();
  const report = (fault: unknown) => expect.unreachable(String(fault));
  const source = new DataSource({ type: 'postgres' });
  const instances = [{ name: 'notes', instance: source }];
  queries.start({ registry, namespace: 'eventcore', clock, report }, instances, {});
  const [subscriber] = source.subscribers as unknown as {
    beforeQuery(it: Told): void;
    afterQuery(it: Told): void;
  }[];
  const selects = () => {
    const { metrics } = registry.snapshot();
    const family = metrics.find((it) => it.definition.name.endsWith('_database_queries_total'));
    const [{ labelSets, values } = { labelSets: [], values: [] }] = family?.blocks ?? [];
    return values[labelSets.findIndex((it) => it.join(' ') === 'notes select')];
  };
  return { subscriber: subscriber!, selects };
}

describe('queries of TypeORM', () => {
  const queryRunner = {};
  const query = 'select ?';

  it('A query of a driver that tells of a copy of its parameters afterwards counts once', () => {
    const { subscriber, selects } = observedSource();
    subscriber.beforeQuery({ queryRunner, query, parameters: [1] });
    subscriber.afterQuery({ queryRunner, query, parameters: [1], success: true });
    expect(selects()).toBe(1);
    subscriber.afterQuery({ queryRunner, query, parameters: [1], success: true });
    expect(selects()).toBe(1);
  });

  it('Queries whose end is never told of are forgotten, the oldest first', () => {
    const { subscriber, selects } = observedSource();
    for (let i = 0; i < 1_000; i++) subscriber.beforeQuery({ queryRunner, query, parameters: [] });
    for (let i = 0; i < 1_000; i++) subscriber.afterQuery({ queryRunner, query, success: true });
    expect(selects()).toBe(100);
  });
});
