import { type Context, createContextKey, isSpanContextValid, trace } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';
import type { Clock } from '../../kernel/clock.js';
import type { LinkPolicy } from './link-policy.js';
import { activeSpanContext, withRemoteParent } from './random-trace.js';
import type { OriginEvent, SpanOrigin } from './span-origin.js';

/** Delivery of a message to its follow-up work. */
interface Delivery {
  readonly event: OriginEvent;
  /** Span around the delivery, if it differs from the producer. */
  readonly ambient: SpanContext | undefined;
  /** Id of the span that is active until a new one starts. */
  readonly activeSpanId: string | undefined;
}

const DELIVERY = createContextKey('eventcore.delivery');

/**
 * Origins of messages that stay in the process and carry no metadata. Usually a message is handled
 * during its publication, and the active span is its origin. A publisher with a queue, or a saga
 * that waits, loses the active span.
 */
export class InProcessMessages {
  readonly #clock: Pick<Clock, 'wallMs'>;
  readonly #policy: LinkPolicy;
  readonly #origins = new WeakMap<object, OriginEvent>();
  // Applications without a message bus skip the lookup.
  #hasOrigins = false;
  #hasDeliveries = false;

  constructor(clock: Pick<Clock, 'wallMs'>, policy: LinkPolicy) {
    this.#clock = clock;
    this.#policy = policy;
  }

  /** Stores the producer of a message for the lifetime of the message. */
  published(message: unknown, active: Context): void {
    if (typeof message !== 'object' || message === null) return;
    const event = this.#eventOf(activeSpanContext(active));
    if (event === undefined) {
      this.#origins.delete(message);
      return;
    }
    this.#origins.set(message, event);
    this.#hasOrigins = true;
  }

  /**
   * Returns the origin of a message.
   *
   * @param named - Origin in its metadata. It applies across traces; within one trace, the
   * publisher is the closer origin.
   */
  originOf(message: unknown, named: OriginEvent | undefined): OriginEvent | undefined {
    if (!this.#hasOrigins || typeof message !== 'object' || message === null) return named;
    const known = this.#origins.get(message);
    if (known === undefined || named?.producer === undefined) return known ?? named;
    return named.producer.traceId === known.producer?.traceId ? known : named;
  }

  /** Returns the context for the delivery of a message; `undefined` without a known producer. */
  contextOfDelivery(
    message: unknown,
    named: OriginEvent | undefined,
    active: Context,
  ): Context | undefined {
    const ambient = activeSpanContext(active);
    const known = this.originOf(message, named?.producer === undefined ? undefined : named);
    const event = known ?? this.#eventOf(ambient);
    if (event === undefined) return undefined;
    const isInside = ambient !== undefined && isSame(ambient, event.producer);
    const { parent } = this.#policy.originOfEvent(event, undefined);
    const base = isInside || parent === undefined ? active : withRemoteParent(active, parent);
    const delivery: Delivery = {
      event,
      ambient: isInside ? undefined : ambient,
      activeSpanId: trace.getSpanContext(base)?.spanId,
    };
    this.#hasDeliveries = true;
    return base.setValue(DELIVERY, delivery);
  }

  /** Returns true if a delivered message is active. */
  isDelivery(active: Context): boolean {
    return this.#hasDeliveries && active.getValue(DELIVERY) !== undefined;
  }

  /** Returns the origin of a span that follows from a delivered message; `undefined` for any other span. */
  originOfFollowUp(active: Context): SpanOrigin | undefined {
    if (!this.#hasDeliveries) return undefined;
    const delivery = active.getValue(DELIVERY) as Delivery | undefined;
    if (delivery === undefined) return undefined;
    // A span started in between, and the new span is its child.
    if (trace.getSpanContext(active)?.spanId !== delivery.activeSpanId) return undefined;
    return this.#policy.originOfEvent(delivery.event, delivery.ambient);
  }

  /** Returns the context of the follow-up, whose own work follows from it and not from the message. */
  leaveDelivery(context: Context): Context {
    return context.deleteValue(DELIVERY);
  }

  #eventOf(producer: SpanContext | undefined): OriginEvent | undefined {
    if (producer === undefined || !isSpanContextValid(producer)) return undefined;
    return { producer, recordedAtMs: this.#clock.wallMs() };
  }
}

function isSame(one: SpanContext, other: SpanContext | undefined): boolean {
  return one.spanId === other?.spanId && one.traceId === other.traceId;
}
