import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { group, type GroupCheck, list, option } from '../../options/description.js';
import { callback, endpointPath, flag, OFF, wholeNumber } from '../../options/standard-options.js';

/** The metrics endpoint. */
export interface PrometheusOptions {
  /** Path of the endpoint. @defaultValue '/metrics' */
  readonly path?: string;
  /** Guards on the endpoint. @defaultValue none but the application's global ones */
  readonly guards?: readonly Type<CanActivate>[];
  /** Modules whose exports the guards or the controller inject. @defaultValue none */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  /** Controller to mount in place of the library's; extend `MetricsController`. */
  readonly controller?: Type;
  /** Serves the endpoint on a port of its own and not in the application, 0 to 65535; 0 is any free port. */
  readonly port?: number;
  /** Address that the port is bound to. @defaultValue all interfaces */
  readonly host?: string;
  /** Serves the endpoint outside the application's global prefix. @defaultValue false */
  readonly excludeFromGlobalPrefix?: boolean;
  /** Collects prom-client's default metrics of the process, when prom-client is installed. @defaultValue true */
  readonly defaultMetrics?: boolean;
  /** Shows, in OpenMetrics, the most recent sampled span of each bucket of a histogram. @defaultValue true */
  readonly exemplars?: boolean;
  /** Shows, in OpenMetrics, when each counter and histogram began to count: one more line for each. @defaultValue false */
  readonly created?: boolean;
  /**
   * Shows the library's metrics in prom-client's own `register` too: for a Pushgateway, or its `AggregatorRegistry`.
   * Needs prom-client. @defaultValue false
   */
  readonly register?: boolean;
}

const noRouteOfNest = (at: 'guards' | 'controller'): GroupCheck => ({
  at,
  rule: 'cannot be combined with prometheus.port: that port serves no route of Nest',
  remedy: 'Remove one of the two; bind the port to an address that only the scraper reaches.',
  holds: ({ port, [at]: value }) =>
    port === undefined || value === undefined || (Array.isArray(value) && value.length === 0),
});
const guardRemedy = 'Pass the classes themselves.';

/** Description of {@link PrometheusOptions}. */
export const prometheusOptions = group<PrometheusOptions>(
  {
    path: endpointPath(),
    guards: list(callback(guardRemedy, { rule: 'a guard class' }), {
      rule: 'an array of guard classes',
      remedy: guardRemedy,
    }),
    imports: option(Array.isArray, {
      rule: 'an array of modules',
      remedy: 'Pass the modules that export the dependencies of guards and controller.',
    }),
    controller: callback('Extend MetricsController.', { rule: 'a controller class' }),
    port: wholeNumber(0, 65_535, { remedy: 'Pass a free TCP port.' }),
    host: option((it) => typeof it === 'string' && it !== '', {
      rule: 'a host name or address',
      remedy: "Pass something like '127.0.0.1'.",
    }),
    excludeFromGlobalPrefix: flag(),
    defaultMetrics: flag(),
    exemplars: flag(),
    created: flag(),
    register: flag(),
  },
  {
    rule: 'an object or false',
    remedy: 'Pass options of the endpoint, or false for none.',
    or: OFF,
    checks: [
      noRouteOfNest('guards'),
      noRouteOfNest('controller'),
      {
        at: 'host',
        rule: 'needs prometheus.port',
        remedy: 'Add prometheus.port, or remove the host.',
        holds: ({ port, host }) => port !== undefined || host === undefined,
      },
    ],
  },
);
