import {
  type Attributes,
  type Context,
  isSpanContextValid,
  type Link,
  type SpanContext,
  trace,
} from '@opentelemetry/api';

/** An event whose handling begins, as far as its origin goes. */
export interface OriginEvent {
  /** The span that produced the event, as the carrier reads it. */
  readonly producer: SpanContext | undefined;
  /** When the event was recorded, in milliseconds since the Unix epoch; absent when nobody knows. */
  readonly recordedAtMs?: number | undefined;
  /** Attributes of the link to its producer, if it becomes one. */
  readonly attributes?: Attributes | undefined;
}

/** Everything that decides where a span belongs. */
export interface OriginInfo {
  /** The events that the span handles. */
  readonly events: readonly OriginEvent[];
  /** Whether the handler takes batches; a batch may hold a single event. @defaultValue more than one event */
  readonly batch?: boolean | undefined;
  /** The span that is active where the handler is called: a poll loop, a request. */
  readonly ambient?: SpanContext | undefined;
  /** The wall clock's time, in milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** The limits of the policy. */
export interface OriginLimits {
  /** Age up to which an event's handling belongs to its producer's trace, in milliseconds. */
  readonly ageLimitMs: number;
  /** Links of one span at most. */
  readonly linkLimit: number;
  /** What an event of unknown age counts as. */
  readonly unknownAge: 'young' | 'old';
}

/** Where a span belongs. */
export interface SpanOrigin {
  /** The remote parent; `undefined` leaves it to the active context, unless `root` says that there is none. */
  readonly parent: SpanContext | undefined;
  /** Whether the span begins a trace of its own. */
  readonly root: boolean;
  /** The spans that it follows from without being their child. */
  readonly links: Link[];
  /** `links.omitted`, when there were more links than the limit. */
  readonly attributes: Attributes;
}

/** Attribute of a span with the number of links that were left out of it. */
export const LINKS_OMITTED = 'links.omitted';

/**
 * Parent or link. The handling of one young event is part of the trace that produced it. An old event or a batch begins
 * a trace and is linked, or a rebuild would append to traces of last year, and a batch would pick one of its producers.
 * A span that is active around the handler, such as that of a poll loop, is a link next to either. Events that name no
 * producer change nothing: the span goes where any span would.
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

/** The context to start the span in. */
export function contextOfOrigin({ parent, root }: SpanOrigin, active: Context): Context {
  if (root) return trace.deleteSpan(active);
  return parent === undefined ? active : trace.setSpanContext(active, parent);
}

interface ProducedEvent extends OriginEvent {
  readonly producer: SpanContext;
}

function hasProducer(event: OriginEvent): event is ProducedEvent {
  return event.producer !== undefined && isSpanContextValid(event.producer);
}

function isYoung({ recordedAtMs }: OriginEvent, nowMs: number, limits: OriginLimits): boolean {
  if (recordedAtMs === undefined || Number.isNaN(recordedAtMs)) {
    return limits.unknownAge === 'young';
  }
  // Two machines' clocks differ: an event from the future has just happened.
  return Math.max(0, nowMs - recordedAtMs) < limits.ageLimitMs;
}

/** None to the span that is the parent anyway. */
function ambientLink(ambient: SpanContext | undefined, parent: SpanContext | undefined): Link[] {
  if (ambient === undefined || !isSpanContextValid(ambient)) return [];
  const isParent = ambient.spanId === parent?.spanId && ambient.traceId === parent.traceId;
  return isParent ? [] : [{ context: ambient }];
}

function linkTo({ producer, attributes }: ProducedEvent): Link {
  return attributes === undefined ? { context: producer } : { context: producer, attributes };
}
