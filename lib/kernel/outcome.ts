/** How a command or query ended; a business rule that said no is not a failure. */
export type Outcome = 'success' | 'rejected' | 'failure';

/** All outcomes, in the order in which their series are published. */
export const outcomes: readonly Outcome[] = ['success', 'rejected', 'failure'];

/**
 * Marks an error as a business rejection: `outcome="rejected"` instead of `failure`.
 *
 * @example
 * ```ts
 * import { REJECTION } from '@eventcore/nestjs-observability';
 *
 * class OutOfStock extends Error {
 *   readonly [REJECTION] = true;
 * }
 * ```
 */
export const REJECTION: unique symbol = Symbol.for('eventcore.rejection') as never;

/** Whether the error carries the {@link REJECTION} marker. */
export function isMarkedRejection(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as Marked)[REJECTION] === true;
}

interface Marked {
  readonly [REJECTION]?: unknown;
}
