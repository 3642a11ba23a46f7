import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { group, type GroupCheck, list, option } from '../../options/description.js';
import { callback, endpointPath, flag, OFF, wholeNumber } from '../../options/standard-options.js';

/** Options of the metrics endpoint. */
export interface PrometheusOptions {
  /** Path of the endpoint. @defaultValue '/metrics' */
  readonly path?: string;
  /** Guards of the endpoint. @defaultValue the application's global guards only */
  readonly guards?: readonly Type<CanActivate>[];
  /** Modules that provide dependencies of the guards or the controller. @defaultValue none */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  /** Controller that replaces the library's; extend `MetricsController`. */
  readonly controller?: Type;
  /** Serves the endpoint on a separate port instead of the application's, 0 to 65535; 0 selects a free port. */
  readonly port?: number;
  /** Address that the port binds to. @defaultValue all interfaces */
  readonly host?: string;
  /** Serves the endpoint outside the application's global prefix. @defaultValue false */
  readonly excludeFromGlobalPrefix?: boolean;
  /** Collects prom-client's default process metrics if prom-client is installed. @defaultValue true */
  readonly defaultMetrics?: boolean;
  /** Includes the most recent sampled span of each histogram bucket in OpenMetrics. @defaultValue true */
  readonly exemplars?: boolean;
  /**
   * Includes creation times of counters and histograms in OpenMetrics, one additional line each.
   * @defaultValue false
   */
  readonly created?: boolean;
  /**
   * Mirrors the library's metrics to prom-client's default `register`, for a Pushgateway or its
   * `AggregatorRegistry`. Requires prom-client. @defaultValue false
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
