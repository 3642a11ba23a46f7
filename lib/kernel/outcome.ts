/** Outcome of a command or query. A business rejection is not a failure. */
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

/** Returns true for an error with the {@link REJECTION} marker. */
export function isMarkedRejection(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as Marked)[REJECTION] === true;
}

interface Marked {
  readonly [REJECTION]?: unknown;
}
