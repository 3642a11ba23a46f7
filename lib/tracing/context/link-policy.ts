import type { Clock } from '../../kernel/clock.js';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import { requireSync } from '../../kernel/hooks.js';
import {
  type OriginEvent,
  type OriginInfo,
  type OriginLimits,
  type SpanOrigin,
  spanOrigin,
} from './span-origin.js';

/** Options of a {@link LinkPolicy}. */
export interface LinkPolicyOptions {
  /**
   * Age limit in milliseconds, 0 or more. The handling of an older event starts a new trace with a
   * link to its producer. 0 always links, `Infinity` never.
   *
   * @defaultValue `120_000`
   */
  readonly ageLimitMs?: number | undefined;
  /** Maximum number of links per span, 0 or more. The SDK keeps 128. @defaultValue `128` */
  readonly linkLimit?: number | undefined;
  /**
   * Treatment of an event of unknown age. A superfluous link costs one click. A superfluous child
   * extends an old trace during every rebuild.
   *
   * @defaultValue `old`
   */
  readonly unknownAge?: OriginLimits['unknownAge'] | undefined;
}

const DEFAULTS: OriginLimits = { ageLimitMs: 120_000, linkLimit: 128, unknownAge: 'old' };

/**
 * Decides between parent and link: the span of a handler becomes a child of the event's producer,
 * or links to it.
 *
 * @example
 * ```ts
 * import { context, trace } from '@opentelemetry/api';
 * import { contextOfOrigin, LinkPolicy, plainMetadata, TraceContextCarrier } from '@eventcore/nestjs-observability/tracing';
 *
 * const policy = new LinkPolicy({ wallMs: () => Date.now() });
 * const carrier = new TraceContextCarrier(plainMetadata);
 *
 * export function startSpan(event: { recordedAt: Date; metadata: object }) {
 *   const active = context.active();
 *   const origin = policy.originOf({
 *     events: [{ producer: carrier.read(event.metadata).spanContext, recordedAtMs: event.recordedAt.getTime() }],
 *     ambient: trace.getSpanContext(active),
 *   });
 *   const { links, attributes } = origin;
 *   return trace.getTracer('runner').startSpan('handle', { links, attributes }, contextOfOrigin(origin, active));
 * }
 * ```
 */
export class LinkPolicy {
  readonly #clock: Pick<Clock, 'wallMs'>;
  readonly #limits: OriginLimits;

  /** @throws ConfigurationError `OBS_OPTION_INVALID` for a limit that is negative or not a number. */
  constructor(clock: Pick<Clock, 'wallMs'>, options: LinkPolicyOptions = {}) {
    const { ageLimitMs, linkLimit, unknownAge } = options;
    this.#clock = clock;
    this.#limits = {
      ageLimitMs: ageLimitMs ?? DEFAULTS.ageLimitMs,
      linkLimit: linkLimit ?? DEFAULTS.linkLimit,
      unknownAge: unknownAge ?? DEFAULTS.unknownAge,
    };
    assertLimits(this.#limits);
  }

  /** Returns the origin of a handler's span; none for unreadable events. It never throws. */
  originOf(facts: Omit<OriginInfo, 'nowMs'>): SpanOrigin {
    try {
      return spanOrigin({ ...facts, nowMs: this.#nowMs() }, this.#limits);
    } catch {
      return { parent: undefined, root: false, links: [], attributes: {} };
    }
  }

  /** Returns NaN, with which every event is old, from a clock that fails. */
  #nowMs(): number {
    try {
      const nowMs: unknown = requireSync(this.#clock.wallMs());
      return typeof nowMs === 'number' ? nowMs : Number.NaN;
    } catch {
      return Number.NaN;
    }
  }

  /** Returns the origin of a span that handles one event. */
  originOfEvent(event: OriginEvent, ambient: OriginInfo['ambient']): SpanOrigin {
    return this.originOf({ events: [event], batch: false, ambient });
  }
}

function assertLimits({ ageLimitMs, linkLimit, unknownAge }: OriginLimits): void {
  if (!(ageLimitMs >= 0)) throw invalid('ageLimitMs', ageLimitMs, 'it is 0 or more milliseconds');
  if (!(Number.isInteger(linkLimit) && linkLimit >= 0)) {
    throw invalid('linkLimit', linkLimit, 'it is a whole number, 0 or more');
  }
  if (unknownAge !== 'young' && unknownAge !== 'old') {
    throw invalid('unknownAge', unknownAge, 'it is young or old');
  }
}

function invalid(option: string, value: unknown, rule: string): ConfigurationError {
  const remedy = 'Leave it out for the default.';
  return new ConfigurationError('OBS_OPTION_INVALID', { subject: option, value, rule, remedy });
}
