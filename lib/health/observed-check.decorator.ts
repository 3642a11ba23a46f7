import type { HealthCheckSettings } from './health-check.js';

/** Check declared by a class. */
export interface DeclaredCheck {
  /** Name of the method that runs the check. */
  readonly key: string | symbol;
  readonly settings: HealthCheckSettings;
}

// Shared by all copies of this package.
const METADATA = '__eventcore_health_checks__';
const DEFAULT_METHOD = 'check';

/**
 * Declares a health check: a method of a provider, or a class with a method `check()`.
 *
 * @throws ConfigurationError `OBS_HEALTH_CHECK` at the start of the application for invalid
 * settings.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { ObservedCheck } from '@eventcore/nestjs-observability';
 *
 * @Injectable()
 * export class OrdersDatabase {
 *   @ObservedCheck({ name: 'orders_database', groups: ['ready'], timeoutMs: 500 })
 *   async ping(): Promise<void> {}
 * }
 * ```
 */
export function ObservedCheck(settings: HealthCheckSettings): ClassDecorator & MethodDecorator {
  return (target: object, key?: string | symbol) => {
    const declaring = key === undefined ? target : target.constructor;
    const declared = declaredChecks(declaring);
    const check: DeclaredCheck = { key: key ?? DEFAULT_METHOD, settings };
    Reflect.defineMetadata(METADATA, [...declared, check], declaring);
  };
}

/** Returns the checks that a class declares or inherits. */
export function declaredChecks(declaring: object): readonly DeclaredCheck[] {
  return (Reflect.getMetadata(METADATA, declaring) as DeclaredCheck[] | undefined) ?? [];
}
