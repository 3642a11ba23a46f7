import { type Context, createContextKey } from '@opentelemetry/api';

/** The ids that tie messages of one piece of business together, whether or not anybody traces it. */
export interface Correlation {
  /** The same for all messages of one piece of business. */
  readonly correlationId?: string | undefined;
  /** Id of the message that this one follows from. */
  readonly causationId?: string | undefined;
}

const KEY = createContextKey('eventcore.correlation');

/**
 * A context in which the carrier writes these ids into metadata that is given none.
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
  return base.setValue(KEY, correlation);
}

/** The ids of {@link withCorrelation}; without an id when there are none. */
export function correlationOf(context: Context): Correlation {
  return (context.getValue(KEY) as Correlation | undefined) ?? {};
}
