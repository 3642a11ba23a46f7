import type { CanActivate, Type } from '@nestjs/common';
import { group, type GroupCheck } from '../options/description.js';
import { endpointMembers, isEmptyList, localPortChecks } from '../options/endpoint-options.js';
import { endpointPath, flag, wholeNumber } from '../options/standard-options.js';

/** Options of {@link livePage}. */
export interface LivePageOptions {
  /** Path of the page below the global prefix. @defaultValue '/observability' */
  readonly path?: string;
  /**
   * Guards of the page and of everything that it loads; with `NODE_ENV=production` at least one, or a port of this
   * machine. Without guards, a one-time link that the start logs opens the page.
   *
   * @defaultValue none
   */
  readonly guards?: readonly Type<CanActivate>[];
  /** Class decorators of its controller, such as `Public()`. @defaultValue none */
  readonly decorators?: readonly ClassDecorator[];
  /** Port for the page alone, 0 to 65535; 0 selects a free port. @defaultValue the port of the application */
  readonly port?: number;
  /** Address that the port is bound to; one of this machine only. @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** True to let the page silence alerts. @defaultValue false */
  readonly allowActions?: boolean;
  /** Time between two frames in milliseconds, 500 to 10000. @defaultValue 2000 */
  readonly intervalMs?: number;
  /** Pages that may be open at the same time, 1 to 100. @defaultValue 10 */
  readonly maxViewers?: number;
}

/** Path of the page. */
export const LIVE_PATH = '/observability';

/** Address of the port of the page. */
export const LIVE_HOST = '127.0.0.1';

/** Options with their defaults. */
export const liveDefaults = { path: LIVE_PATH, intervalMs: 2_000, maxViewers: 10 } as const;

const remedy = 'Pass something like { guards: [AdminGuard] }, or { port: 9465 } for this machine.';
const { guards, decorators, port, host } = endpointMembers('');

const checks: readonly GroupCheck[] = [
  ...localPortChecks('reads all metrics'),
  {
    at: 'guards',
    rule: 'must name a guard in production: whoever reaches the page reads all metrics, traces and log lines',
    remedy,
    holds: ({ guards: given, port: own }) =>
      process.env['NODE_ENV'] !== 'production' || own !== undefined || !isEmptyList(given),
  },
];

/** Description of {@link LivePageOptions}. The reference of options reads it. @public */
export const livePageOptions = group<LivePageOptions>(
  {
    path: endpointPath('/internal/observability'),
    guards,
    decorators,
    port,
    host,
    allowActions: flag(),
    intervalMs: wholeNumber(500, 10_000),
    maxViewers: wholeNumber(1, 100),
  },
  { rule: 'an object of options', remedy, checks },
);
