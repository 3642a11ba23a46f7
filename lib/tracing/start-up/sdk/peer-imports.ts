import { ifMissing } from '../../../kernel/peers/optional-peer.js';

/** Imports a package of OpenTelemetry; gives `undefined` when it is not installed. */
export async function importTracePeer(name: string): Promise<unknown> {
  try {
    // Written out, so that bundlers include the installed ones.
    switch (name) {
      case '@opentelemetry/api':
        return await import('@opentelemetry/api');
      case '@opentelemetry/sdk-trace':
        return await import('@opentelemetry/sdk-trace');
      case '@opentelemetry/sdk-trace-base':
        return await import('@opentelemetry/sdk-trace-base');
      case '@opentelemetry/resources':
        return await import('@opentelemetry/resources');
      case '@opentelemetry/core':
        return await import('@opentelemetry/core');
      case '@opentelemetry/context-async-hooks':
        return await import('@opentelemetry/context-async-hooks');
      case '@opentelemetry/exporter-zipkin':
        return await import('@opentelemetry/exporter-zipkin');
      case '@opentelemetry/exporter-trace-otlp-http':
        return await import('@opentelemetry/exporter-trace-otlp-http');
      case '@opentelemetry/exporter-trace-otlp-grpc':
        return await import('@opentelemetry/exporter-trace-otlp-grpc');
      default:
        return await import('@opentelemetry/exporter-trace-otlp-proto');
    }
  } catch (error) {
    return ifMissing(error, name);
  }
}

/** Imports gRPC, a dependency of the exporter for it. */
export async function importGrpc(): Promise<unknown> {
  try {
    return await import('@grpc/grpc-js');
  } catch {
    // The exporter needs it only for headers.
    return undefined;
  }
}
