import { type Context, createContextKey } from '@opentelemetry/api';

/** Ids that connect the messages of one business process, independent of tracing. */
export interface Correlation {
  /** Id shared by all messages of one business process. */
  readonly correlationId?: string | undefined;
  /** Id of the message that caused this one. */
  readonly causationId?: string | undefined;
}

const KEY = createContextKey('eventcore.correlation');

/**
 * Returns a context whose ids the carrier writes into metadata that has none. It never throws: a
 * base that is no context is returned as it is.
 *
 * @example
 * ```ts
 * import { context } from '@opentelemetry/api';
 * import { withCorrelation } from '@eventcore/nestjs-observability/tracing';
 *
 * export function handle(command: { id: string; correlationId: string }, run: () => Promise<void>) {
 *   const ids = { correlationId: command.correlationId, causationId: command.id };
 *   return context.with(withCorrelation(context.active(), ids), run);
 * }
 * ```
 */
export function withCorrelation(base: Context, correlation: Correlation): Context {
  try {
    return base.setValue(KEY, correlation);
  } catch {
    return base;
  }
}

/** Returns the ids set by {@link withCorrelation}; empty without them. */
export function correlationOf(context: Context): Correlation {
  return (context.getValue(KEY) as Correlation | undefined) ?? {};
}
