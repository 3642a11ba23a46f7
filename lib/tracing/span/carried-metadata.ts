import { context as contextApi, trace } from '@opentelemetry/api';
import { correlationOf } from '../context/correlation.js';
import type { TraceContextCarrier } from '../context/trace-context-carrier.js';

/**
 * Metadata of an event with what the carrier has to say; the very same when that is nothing, or when the metadata is of a
 * kind that has no keys: bytes, text, a list.
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

/** Asked for every event that is appended: without a trace it costs two look-ups. */
function hasSomethingToSay(): boolean {
  const active = contextApi.active();
  if (trace.getSpanContext(active) !== undefined) return true;
  const { correlationId, causationId } = correlationOf(active);
  return correlationId !== undefined || causationId !== undefined;
}
