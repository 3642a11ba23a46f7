import 'reflect-metadata';
import { methodsOf } from '../../instrumentation/binding/method-discovery.js';
import type { HandlerClass } from '../../instrumentation/decorators/handler-name.js';

// The package does not export the keys; being text, they are the same for all copies of it.
const TYPE = 'SCHEDULER_TYPE';
const NAME = 'SCHEDULER_NAME';
const CRON_OPTIONS = 'SCHEDULE_CRON_OPTIONS';
const INTERVAL_OPTIONS = 'SCHEDULE_INTERVAL_OPTIONS';
const TIMEOUT_OPTIONS = 'SCHEDULE_TIMEOUT_OPTIONS';
const TYPES = { 1: 'cron', 2: 'timeout', 3: 'interval' } as const;

/** Method with a decorator of `@nestjs/schedule`. */
export interface ScheduledMethod {
  readonly key: string;
  readonly type: 'cron' | 'timeout' | 'interval';
  /** Name that the decorator gives; `undefined` without one. */
  readonly name: string | undefined;
  /** Options object of `@Cron`, by which the package's own record of the job is found. */
  readonly cron: unknown;
  /** Delay of `@Interval` or `@Timeout` in milliseconds. */
  readonly delayMs: number | undefined;
}

/** Returns the methods of a class with `@Cron`, `@Interval` or `@Timeout`. */
export function scheduledMethodsOf(handlerClass: HandlerClass): ScheduledMethod[] {
  return [...methodsOf(handlerClass)].flatMap(([key, method]) => {
    const type = TYPES[Reflect.getMetadata(TYPE, method) as keyof typeof TYPES];
    if (type === undefined) return [];
    const cron: unknown = Reflect.getMetadata(CRON_OPTIONS, method);
    const own = nameIn(Reflect.getMetadata(NAME, method)) ?? nameIn(memberOf(cron, 'name'));
    const delay = type === 'interval' ? INTERVAL_OPTIONS : TIMEOUT_OPTIONS;
    const delayMs = memberOf(Reflect.getMetadata(delay, method), 'timeout');
    return [
      { key, type, name: own, cron, delayMs: typeof delayMs === 'number' ? delayMs : undefined },
    ];
  });
}

function nameIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function memberOf(value: unknown, key: string): unknown {
  return (value as Record<string, unknown> | null | undefined)?.[key];
}
