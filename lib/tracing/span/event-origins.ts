import {
  type Attributes,
  context as contextApi,
  propagation,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import type { LinkedSpans, TracedHandler } from '../../kernel/call-tracer.js';
import type { Faults } from '../../kernel/faults.js';
import { eventTimeMs, requireSync } from '../../kernel/hooks.js';
import { eventIdentity } from '../../kernel/following/message-identity.js';
import type { HandlerIdentity, HandlingProgress } from '../../kernel/observer.js';
import { correlationOf } from '../context/correlation.js';
import type { LinkPolicy } from '../context/link-policy.js';
import { LINKS_OMITTED, type OriginEvent, type SpanOrigin } from '../context/span-origin.js';
import type { TraceContextCarrier } from '../context/trace-context-carrier.js';

/** Origin of a span in the active context. */
export const NO_ORIGIN: SpanOrigin = { parent: undefined, root: false, links: [], attributes: {} };

/** Returns the origin of a span that starts a trace and links to others. */
export function linkedOrigin({ spans, omitted }: LinkedSpans, policy: LinkPolicy): SpanOrigin {
  const events = spans.map((it) => ({ producer: it as SpanContext }));
  const { links } = policy.originOf({ events, batch: true });
  const left = omitted + spans.length - links.length;
  const attributes = left === 0 ? {} : { [LINKS_OMITTED]: left };
  return { parent: undefined, root: true, links, attributes };
}

/** Returns true if the span is recorded. */
export function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}

/** Span name of a handler that has none of its own: the prefix of the kind, the fixed labels and the name. */
export function spanNameOf({ kind, name, labels }: HandlerIdentity): string {
  const fixed = Object.keys(kind.fixedLabels ?? {}).map((it) => labels[it]);
  return [kind.span.prefix, ...fixed, name].join(' ');
}

const SPAN_KINDS = {
  internal: SpanKind.INTERNAL,
  consumer: SpanKind.CONSUMER,
  producer: SpanKind.PRODUCER,
} as const;

/** Initial options of every span of a handler: its name and its fixed labels as attributes. */
export function plainOptionsOf({ kind, name, labels }: HandlerIdentity): SpanOptions {
  const values: Readonly<Record<string, string>> = { ...labels, [kind.nameLabel]: name };
  const pairs = Object.entries(kind.span.attributes).map(([label, key]) => [key, values[label]]);
  return { kind: SPAN_KINDS[kind.span.kind], attributes: Object.fromEntries(pairs) as Attributes };
}

/** Hooks that read an event. */
type EventHooks = Pick<TracedHandler, 'metadata' | 'eventTime'>;

/** Returns the origins of the events, one or a batch, that a projection handles. */
export function eventsOf(
  argument: unknown,
  handler: EventHooks,
  { carrier, faults }: EventReader,
): OriginEvent[] {
  const events: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
  const read = <T>(hook: () => T): T | undefined => {
    try {
      return hook();
    } catch (fault) {
      // The other hook still tells where the event comes from.
      faults.report('trace_context', fault);
      return undefined;
    }
  };
  return events.map((event) => ({
    producer: carrier.read(read(() => metadataOf(event, handler))).spanContext,
    recordedAtMs: read(() => eventTimeMs(handler.eventTime?.(event))),
  }));
}

/** Reads the metadata of events and reports hooks that fail. */
interface EventReader {
  readonly carrier: TraceContextCarrier<object>;
  readonly faults: Faults;
}

/** Returns the span attributes of an event or batch. */
export function eventAttributes(argument: unknown): Attributes {
  const { count, type, id, position } = eventIdentity(argument);
  return {
    ...(count !== undefined && { 'events.count': count }),
    ...(type !== undefined && { 'event.type': type }),
    ...(id !== undefined && { 'event.id': id }),
    ...(position !== undefined && { 'event.position': position }),
  };
}

function metadataOf(event: unknown, handler: EventHooks): unknown {
  if (handler.metadata !== undefined) return requireSync(handler.metadata(event));
  return typeof event === 'object' && event !== null
    ? (event as { metadata?: unknown }).metadata
    : undefined;
}

/**
 * Returns metadata with the trace context and correlation ids. Without any, or for metadata without
 * keys such as bytes, text or a list, it returns the same object.
 */
export function carriedMetadata(carrier: TraceContextCarrier<object>, metadata: unknown): unknown {
  if (!hasSomethingToSay()) return metadata;
  if (metadata === undefined || metadata === null) {
    const written = carrier.write(undefined) as object;
    return Object.keys(written).length === 0 ? metadata : written;
  }
  const isKeyed =
    typeof metadata === 'object' && !Array.isArray(metadata) && !ArrayBuffer.isView(metadata);
  return isKeyed ? carrier.write(metadata) : metadata;
}

/** Returns true if there is a trace or correlation to write. Called per appended event; three lookups without a trace. */
function hasSomethingToSay(): boolean {
  const active = contextApi.active();
  if (trace.getSpanContext(active) !== undefined) return true;
  if (propagation.getBaggage(active) !== undefined) return true;
  const { correlationId, causationId } = correlationOf(active);
  return correlationId !== undefined || causationId !== undefined;
}

/**
 * Returns the attributes with the progress of a projection at the start of the handling. Unknown
 * values are omitted.
 */
export function progressAttributes(progress: HandlingProgress | undefined): Attributes {
  const { mode = 'live', lagSeconds } = progress ?? {};
  return {
    'projection.mode': mode,
    ...(lagSeconds !== undefined && { 'projection.lag_seconds': lagSeconds }),
  };
}
