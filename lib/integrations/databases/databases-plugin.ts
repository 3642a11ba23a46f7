import { ModulesContainer } from '@nestjs/core';
import { InstanceDiscovery } from '../../instrumentation/binding/instance-discovery.js';
import { MetricRegistry } from '../../metrics/registry.js';
import { assertOptions } from '../../options/assert-options.js';
import type { ObservabilityPlugin } from '../../plugins/plugin.js';
import { DatabaseQueries } from './database-queries.js';
import { type DatabasesOptions, databasesOptions } from './databases-options.js';

/**
 * Plugin that records duration and errors of database queries by operation (`select`, `insert`), never by statement. It
 * observes the clients among the providers of the application by the hooks that they have: pools and clients of `pg`,
 * `DataSource` of TypeORM, connections of Mongoose and `MongoClient`. {@link DatabaseQueries} observes others, such as those
 * of Prisma.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { databases } from '@eventcore/nestjs-observability/databases';
 *
 * export const observability = ObservabilityModule.forRoot({
 *   plugins: [databases({ names: { DataSource: 'orders' } })],
 * });
 * ```
 */
export function databases(options: DatabasesOptions = {}): ObservabilityPlugin {
  assertOptions('databases()', databasesOptions, options);
  return {
    name: 'databases',
    options: { ...options },
    providers: [{ provide: DatabaseQueries, useFactory: () => new DatabaseQueries() }],
    init: ({ get, namespace, clock, report }) => {
      const discovery = new InstanceDiscovery([...get(ModulesContainer).values()]);
      const deps = { registry: get(MetricRegistry), namespace, clock, report };
      get(DatabaseQueries).start(deps, discovery.instances(), options);
    },
    stop: ({ get }) => get(DatabaseQueries).stop(),
  };
}
