import type { Faults } from '../../kernel/faults.js';
import type { MetadataShape } from '../../tracing/context/metadata-shape.js';
import {
  type ExistingContext,
  TraceContextCarrier,
} from '../../tracing/context/trace-context-carrier.js';

/** The `Metadata` of `@grpc/grpc-js`, as much of it as is used. */
export interface GrpcMetadata {
  /** All values of a key. */
  get(key: string): readonly unknown[];
  /** Replaces all values of a key. */
  set(key: string, value: string): void;
  /** Takes a key away. */
  remove(key: string): void;
  /** A copy. */
  clone(): this;
}

/** Options of {@link tracedMetadata}. */
export interface TracedMetadataOptions {
  /** What happens to a trace context that the metadata has already. @defaultValue `keep` */
  readonly existing?: ExistingContext | undefined;
  /** Where metadata that cannot take a trace context is counted. @defaultValue nowhere */
  readonly faults?: Faults | undefined;
}

/** Metadata of gRPC as a carrier of the trace context. */
export const grpcMetadata: MetadataShape<GrpcMetadata> = {
  get: (metadata, key) => metadata.get(key)[0],
  set: (metadata, key, value) =>
    value === undefined ? metadata.remove(key) : metadata.set(key, value),
  copy(metadata) {
    if (metadata === undefined) throw new TypeError('metadata of gRPC is made by its own package');
    return metadata.clone();
  },
};

/** Whether the context of a handler is what gRPC hands to it. */
export function isGrpcMetadata(transport: unknown): transport is GrpcMetadata {
  if (typeof transport !== 'object' || transport === null) return false;
  const { getMap, get, clone } = transport as Record<string, unknown>;
  return [getMap, get, clone].every((it) => typeof it === 'function');
}

/**
 * Metadata for a call over gRPC that carries the trace context of the active span, for applications without
 * `@opentelemetry/instrumentation-grpc`: a service that Nest's client hands out takes it as its second argument. No span
 * is made of the call.
 *
 * @param metadata - It is not changed; a copy is handed back.
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
