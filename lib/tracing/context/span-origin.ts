import {
  type Attributes,
  type Context,
  isSpanContextValid,
  type Link,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import { isEventTime } from '../../kernel/clock.js';
import { withRemoteParent } from './random-trace.js';

/** Origin of an event that is about to be handled. */
export interface OriginEvent {
  /** Span context of the producer, as read by the carrier. */
  readonly producer: SpanContext | undefined;
  /** Time of the recording in milliseconds since the Unix epoch; absent when unknown. */
  readonly recordedAtMs?: number | undefined;
  /** Attributes of the link to the producer, if there is a link. */
  readonly attributes?: Attributes | undefined;
}

/** Input for the choice of parent and links. */
export interface OriginInfo {
  /** Events that the span handles. */
  readonly events: readonly OriginEvent[];
  /** True for a batch handler; a batch may contain a single event. @defaultValue more than one event */
  readonly batch?: boolean | undefined;
  /** Active span at the call of the handler, such as that of a poll loop or request. */
  readonly ambient?: SpanContext | undefined;
  /** Wall-clock time in milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** Limits of the policy. */
export interface OriginLimits {
  /** Maximum age in milliseconds at which the handling of an event joins the trace of its producer. */
  readonly ageLimitMs: number;
  /** Maximum number of links per span. */
  readonly linkLimit: number;
  /** Treatment of an event of unknown age. */
  readonly unknownAge: 'young' | 'old';
}

/** Parent and links of a span. */
export interface SpanOrigin {
  /** Remote parent. `undefined` selects the active context, unless `root` is true. */
  readonly parent: SpanContext | undefined;
  /** True if the span starts a new trace. */
  readonly root: boolean;
  /** Spans that it follows from without being a child. */
  readonly links: Link[];
  /** `links.omitted` if the number of links exceeded the limit. */
  readonly attributes: Attributes;
}

/** Span attribute with the number of omitted links. */
export const LINKS_OMITTED = 'links.omitted';

/**
 * Chooses parent and links. The handling of a single young event joins the trace of its producer.
 * An old event or a batch starts a new trace with links, because a rebuild would otherwise extend
 * old traces, and a batch would have to choose one producer. The active span around the handler,
 * such as that of a poll loop, becomes an additional link. Events without a producer have no
 * effect.
 */
export function spanOrigin(facts: OriginInfo, limits: OriginLimits): SpanOrigin {
  const producers = facts.events.filter(hasProducer);
  const [first] = producers;
  if (first === undefined) return { parent: undefined, root: false, links: [], attributes: {} };
  const batch = facts.batch ?? facts.events.length > 1;
  const isChild = !batch && isYoung(first, facts.nowMs, limits);
  const ambient = ambientLink(facts.ambient, isChild ? first.producer : undefined);
  const linked = isChild ? [] : producers;
  const room = Math.max(0, limits.linkLimit - ambient.length);
  const links = [...linked.slice(0, room).map(linkTo), ...ambient].slice(0, limits.linkLimit);
  const omitted = linked.length + ambient.length - links.length;
  return {
    parent: isChild ? first.producer : undefined,
    root: !isChild,
    links,
    attributes: omitted === 0 ? {} : { [LINKS_OMITTED]: omitted },
  };
}

/** Returns the context in which to start the span; the active one for an unreadable origin. It never throws. */
export function contextOfOrigin(origin: SpanOrigin, active: Context): Context {
  try {
    const { parent, root } = origin;
    if (root) return trace.deleteSpan(active);
    return parent === undefined ? active : withRemoteParent(active, parent);
  } catch {
    return active;
  }
}

interface ProducedEvent extends OriginEvent {
  readonly producer: SpanContext;
}

function hasProducer(event: OriginEvent): event is ProducedEvent {
  return event.producer !== undefined && isSpanContextValid(event.producer);
}

function isYoung({ recordedAtMs }: OriginEvent, nowMs: number, limits: OriginLimits): boolean {
  const isUnknown = recordedAtMs === undefined || Number.isNaN(recordedAtMs);
  // Without an age limit, the unit of the time does not matter.
  if (!isUnknown && limits.ageLimitMs === Infinity) return true;
  if (isUnknown || !isEventTime(recordedAtMs, nowMs)) return limits.unknownAge === 'young';
  // Clocks of machines differ: an event from the future counts as just recorded.
  return Math.max(0, nowMs - recordedAtMs) < limits.ageLimitMs;
}

/** Returns a link to the ambient span, unless it is the parent. */
function ambientLink(ambient: SpanContext | undefined, parent: SpanContext | undefined): Link[] {
  if (ambient === undefined || !isSpanContextValid(ambient)) return [];
  const isParent = ambient.spanId === parent?.spanId && ambient.traceId === parent.traceId;
  return isParent ? [] : [{ context: ambient }];
}

function linkTo({ producer, attributes }: ProducedEvent): Link {
  return attributes === undefined ? { context: producer } : { context: producer, attributes };
}
