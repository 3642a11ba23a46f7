import * as v from 'valibot';
import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { group, list, option, record } from '../options/description.js';
import { endpointChecks, endpointMembers } from '../options/endpoint-options.js';
import {
  ageMs,
  callback,
  delayMs,
  endpointPath,
  flag,
  nameList,
  OFF,
  positive,
  providerToken,
  ratio,
  matching,
} from '../options/standard-options.js';
import type { HealthCheckSettings } from './health-check.js';
import type { HealthCheckOptions, HealthDetails } from './health-check-options.js';

/** Options of the health endpoints. */
export interface HealthOptions {
  /** Path of the full health endpoint; `/live` and `/ready` are below it. @defaultValue '/health' */
  readonly path?: string;
  /** Also serves `/live` and `/ready`. @defaultValue true */
  readonly aliases?: boolean;
  /** Serves the endpoints outside the application's global prefix. @defaultValue false */
  readonly excludeFromGlobalPrefix?: boolean;
  /** Guards of the endpoints. @defaultValue the application's global guards only */
  readonly guards?: readonly Type<CanActivate>[];
  /**
   * Class decorators of the endpoints' controller, such as `Public()` or `SkipThrottle()`. Their metadata is set on its
   * handlers, too. @defaultValue none
   */
  readonly decorators?: readonly ClassDecorator[];
  /** Modules that provide dependencies of the guards or the controller. @defaultValue none */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  /** Controller that replaces the library's; extend `HealthController`. @defaultValue `HealthController` */
  readonly controller?: Type;
  /**
   * Serves the endpoints on a separate port instead of the application's, 0 to 65535; 0 selects a free port. The metrics
   * may have the same port. @defaultValue the application's port
   */
  readonly port?: number;
  /** Address that the port binds to. @defaultValue all interfaces */
  readonly host?: string;
  /** Share of the heap limit above which memory is degraded, 0 to 1. @defaultValue 0.9 */
  readonly maxHeapRatio?: number;
  /**
   * Threshold of the 99th percentile of the event loop delay in milliseconds; above it, the event
   * loop is degraded. @defaultValue 1000
   */
  readonly maxEventLoopDelayMs?: number;
  /** Failed share of the commands of the last minute above which commands are degraded, 0 to 1. @defaultValue 0.5 */
  readonly maxCommandErrorRatio?: number;
  /**
   * Lag in seconds, above 0, beyond which projections are degraded; stalled projections always are.
   * @defaultValue no limit
   */
  readonly maxProjectionLagSeconds?: number;
  /** Custom checks. Providers declare theirs with `@ObservedCheck`. @defaultValue none */
  readonly checks?: readonly HealthCheckOptions[];
  /**
   * Group members by group name: additional ones of `live`, `ready` and `startup`, and those of
   * custom groups, which are served at their names below `path`. @defaultValue none
   */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Visibility of details beyond the status. @defaultValue 'always' */
  readonly details?: HealthDetails;
  /** Delays readiness until every projection with a source has caught up once. @defaultValue false */
  readonly readyAfterCatchUp?: boolean;
}

const NAME = /^[a-zA-Z][\w.-]{0,63}$/;
const GROUP = /^[a-z][a-z0-9_-]{0,63}$/;

/** Name of a health check. */
const healthCheckName = option(matching(NAME), {
  rule: '1 to 64 letters, digits, _, - and . that begin with a letter',
  remedy: "Pass something like 'orders_database'.",
  required: true,
});

const settings = {
  name: healthCheckName,
  groups: nameList({ remedy: "Pass something like ['ready']." }),
  critical: flag(),
  timeoutMs: delayMs(),
  cacheMs: ageMs({ remedy: 'Pass something like 1000; 0 asks every time.' }),
  refreshMs: delayMs(),
};

/** Description of {@link HealthCheckSettings}. */
export const healthCheckSettings = group<HealthCheckSettings>(settings, {
  rule: 'an object with the name of the check and its settings',
  remedy: "Pass something like { name: 'orders_database' }.",
});

const checkRemedy = "Pass something like [{ name: 'orders', check: () => true }].";
const groupRemedy = "Pass something like { ready: ['orders_database'] }.";

/** Description of {@link HealthOptions}. */
export const healthOptions = group<HealthOptions>(
  {
    path: endpointPath('/internal/health'),
    aliases: flag(),
    excludeFromGlobalPrefix: flag(),
    ...endpointMembers('Extend HealthController.'),
    maxHeapRatio: ratio(),
    maxEventLoopDelayMs: positive('milliseconds'),
    maxCommandErrorRatio: ratio(),
    maxProjectionLagSeconds: positive('seconds'),
    checks: list(
      group<HealthCheckOptions>(
        {
          ...settings,
          inject: list(providerToken(), {
            rule: 'an array of provider tokens',
            remedy: 'Pass something like [HttpHealthIndicator].',
          }),
          check: callback('Pass () => true, or a function of what is injected.', {
            required: true,
          }),
        },
        { rule: 'an object with name and check', remedy: checkRemedy },
      ),
      { rule: 'an array of health checks', remedy: checkRemedy },
    ),
    groups: record(
      {
        key: option(matching(GROUP), {
          rule: '1 to 64 lower-case letters, digits, _ and - that begin with a letter',
          remedy: groupRemedy,
        }),
        value: nameList({ remedy: groupRemedy }),
      },
      { rule: 'an object of health check names by group name', remedy: groupRemedy },
    ),
    details: option(v.union([v.picklist(['always', 'never']), v.function()]), {
      rule: "'always', 'never', or a function of the request",
      remedy: "Pass something like (request) => request.headers['x-token'] === token.",
    }),
    readyAfterCatchUp: flag(),
  },
  {
    rule: 'an object or false',
    remedy: 'Pass options of the endpoints, or false for none.',
    or: OFF,
    checks: endpointChecks('health'),
  },
);
