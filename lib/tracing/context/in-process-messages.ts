import { type Context, createContextKey, isSpanContextValid, trace } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';
import type { Clock } from '../../kernel/clock.js';
import type { LinkPolicy } from './link-policy.js';
import type { OriginEvent, SpanOrigin } from './span-origin.js';

/** A message on its way to whatever follows from it. */
interface Delivery {
  readonly event: OriginEvent;
  /** The span around the delivery, when it is not what produced the message. */
  readonly ambient: SpanContext | undefined;
  /** The span that is active as long as nobody begins one. */
  readonly activeSpanId: string | undefined;
}

const DELIVERY = createContextKey('eventcore.delivery');

/**
 * Where messages come from that never leave the process and carry no metadata. Mostly they are handled while they are
 * published, and the active span says it all; a publisher with a queue of its own, or a saga that waits, loses it.
 */
export class InProcessMessages {
  readonly #clock: Pick<Clock, 'wallMs'>;
  readonly #policy: LinkPolicy;
  readonly #origins = new WeakMap<object, OriginEvent>();
  // Applications without a message bus do not pay for looking.
  #hasOrigins = false;
  #hasDeliveries = false;

  constructor(clock: Pick<Clock, 'wallMs'>, policy: LinkPolicy) {
    this.#clock = clock;
    this.#policy = policy;
  }

  /** Remembers the producer as long as somebody holds the message. */
  published(message: unknown, active: Context): void {
    if (typeof message !== 'object' || message === null) return;
    const event = this.#eventOf(trace.getSpanContext(active));
    if (event === undefined) {
      this.#origins.delete(message);
      return;
    }
    this.#origins.set(message, event);
    this.#hasOrigins = true;
  }

  /**
   * The origin of a message.
   *
   * @param named - What its metadata says. It is believed about another trace; within one, the publisher is nearer.
   */
  originOf(message: unknown, named: OriginEvent | undefined): OriginEvent | undefined {
    if (!this.#hasOrigins || typeof message !== 'object' || message === null) return named;
    const known = this.#origins.get(message);
    if (known === undefined || named?.producer === undefined) return known ?? named;
    return named.producer.traceId === known.producer?.traceId ? known : named;
  }

  /** The context to hand a message on in; `undefined` when nobody produced it. */
  contextOfDelivery(
    message: unknown,
    named: OriginEvent | undefined,
    active: Context,
  ): Context | undefined {
    const ambient = trace.getSpanContext(active);
    const known = this.originOf(message, named?.producer === undefined ? undefined : named);
    const event = known ?? this.#eventOf(ambient);
    if (event === undefined) return undefined;
    const isInside = ambient !== undefined && isSame(ambient, event.producer);
    const { parent } = this.#policy.originOfEvent(event, undefined);
    const base = isInside || parent === undefined ? active : trace.setSpanContext(active, parent);
    const delivery: Delivery = {
      event,
      ambient: isInside ? undefined : ambient,
      activeSpanId: trace.getSpanContext(base)?.spanId,
    };
    this.#hasDeliveries = true;
    return base.setValue(DELIVERY, delivery);
  }

  /** Whether something is active that a delivered message leads to. */
  isDelivery(active: Context): boolean {
    return this.#hasDeliveries && active.getValue(DELIVERY) !== undefined;
  }

  /** Where a span belongs that follows from a delivered message; `undefined` when it does not. */
  originOfFollowUp(active: Context): SpanOrigin | undefined {
    if (!this.#hasDeliveries) return undefined;
    const delivery = active.getValue(DELIVERY) as Delivery | undefined;
    if (delivery === undefined) return undefined;
    // Somebody began a span of their own in between, and the new one is part of that.
    if (trace.getSpanContext(active)?.spanId !== delivery.activeSpanId) return undefined;
    return this.#policy.originOfEvent(delivery.event, delivery.ambient);
  }

  /** The context of the follow-up itself: what it does follows from it, not from the message. */
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
