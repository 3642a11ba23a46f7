import type { Faults } from '../../kernel/faults.js';
import { requireSync } from '../../kernel/hooks.js';
import type { MetadataShape } from '../../tracing/context/metadata-shape.js';
import {
  type ExistingContext,
  TraceContextCarrier,
} from '../../tracing/context/trace-context-carrier.js';

/** Members of `Metadata` from `@grpc/grpc-js` that this library uses. */
export interface GrpcMetadata {
  /** Returns all values of a key. */
  get(key: string): readonly unknown[];
  /** Replaces all values of a key. */
  set(key: string, value: string): void;
  /** Removes a key. */
  remove(key: string): void;
  /** Returns a copy. */
  clone(): this;
}

/** Options of {@link tracedMetadata}. */
export interface TracedMetadataOptions {
  /** Treatment of a trace context that the metadata already carries. @defaultValue `keep` */
  readonly existing?: ExistingContext | undefined;
  /** Counts metadata that cannot carry a trace context. @defaultValue not counted */
  readonly faults?: Faults | undefined;
}

/** gRPC metadata as a carrier of the trace context. */
export const grpcMetadata: MetadataShape<GrpcMetadata> = {
  get: (metadata, key) => requireSync(metadata.get(key))[0],
  set: (metadata, key, value) =>
    value === undefined ? metadata.remove(key) : metadata.set(key, value),
  copy(metadata) {
    if (metadata === undefined)
      throw new TypeError('gRPC metadata must be created by its own package');
    return metadata.clone();
  },
};

/** Returns true when the transport context of a handler is gRPC metadata. */
export function isGrpcMetadata(transport: unknown): transport is GrpcMetadata {
  if (typeof transport !== 'object' || transport === null) return false;
  const { getMap, get, clone } = transport as Record<string, unknown>;
  return [getMap, get, clone].every((it) => typeof it === 'function');
}

/**
 * Adds the trace context of the active span to the metadata of a gRPC call, for applications without
 * `@opentelemetry/instrumentation-grpc`. Pass the result as the second argument of a service method of Nest's client.
 * The call gets no span.
 *
 * @param metadata - Metadata to copy; it is not modified.
 * @returns A copy with the trace context.
 *
 * @example
 * ```ts
 * import { Metadata } from '@grpc/grpc-js';
 * import { tracedMetadata } from '@eventcore/nestjs-observability/microservices';
 *
 * interface Orders {
 *   find(query: { id: string }, metadata: Metadata): unknown;
 * }
 *
 * export const find = (orders: Orders, id: string) =>
 *   orders.find({ id }, tracedMetadata(new Metadata()));
 * ```
 */
export function tracedMetadata<M extends GrpcMetadata>(
  metadata: M,
  options: TracedMetadataOptions = {},
): M {
  return new TraceContextCarrier(grpcMetadata, options).write(metadata);
}
