import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { group } from '../../options/description.js';
import { endpointChecks, endpointMembers } from '../../options/endpoint-options.js';
import { endpointPath, flag, OFF } from '../../options/standard-options.js';

/** Options of the metrics endpoint. */
export interface PrometheusOptions {
  /** Path of the endpoint. @defaultValue '/metrics' */
  readonly path?: string;
  /** Guards of the endpoint. @defaultValue the application's global guards only */
  readonly guards?: readonly Type<CanActivate>[];
  /**
   * Class decorators of the endpoint's controller, such as `Public()` or `SkipThrottle()`. Their metadata is set on its
   * handlers, too. @defaultValue none
   */
  readonly decorators?: readonly ClassDecorator[];
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

/** Description of {@link PrometheusOptions}. */
export const prometheusOptions = group<PrometheusOptions>(
  {
    path: endpointPath('/internal/metrics'),
    ...endpointMembers('Extend MetricsController.'),
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
    checks: endpointChecks('prometheus'),
  },
);
