import { ifMissing } from '../../kernel/peers/optional-peer.js';

/** Imports an exporter package of OpenTelemetry; gives `undefined` when it is not installed. */
export async function importExporter(name: string): Promise<unknown> {
  try {
    // Written out, so that bundlers include the installed ones.
    switch (name) {
      case '@opentelemetry/exporter-metrics-otlp-http':
        return await import('@opentelemetry/exporter-metrics-otlp-http');
      case '@opentelemetry/exporter-metrics-otlp-grpc':
        return await import('@opentelemetry/exporter-metrics-otlp-grpc');
      default:
        return await import('@opentelemetry/exporter-metrics-otlp-proto');
    }
  } catch (error) {
    return ifMissing(error, name);
  }
}

/** Imports a dependency of these packages, see {@link DEPENDENCIES}. */
export async function importDependency(name: string): Promise<unknown> {
  try {
    switch (name) {
      case '@opentelemetry/otlp-transformer':
        return await import('@opentelemetry/otlp-transformer');
      case '@opentelemetry/otlp-exporter-base/node-http':
        return await import('@opentelemetry/otlp-exporter-base/node-http');
      case '@opentelemetry/otlp-grpc-exporter-base':
        return await import('@opentelemetry/otlp-grpc-exporter-base');
      default:
        return await import('@grpc/grpc-js');
    }
  } catch {
    // The exporter then encodes by itself.
    return undefined;
  }
}

/** Dependencies of the exporter packages that their transports are made of, by protocol. */
export const DEPENDENCIES = {
  'http/protobuf': [
    '@opentelemetry/otlp-transformer',
    '@opentelemetry/otlp-exporter-base/node-http',
  ],
  'http/json': ['@opentelemetry/otlp-transformer', '@opentelemetry/otlp-exporter-base/node-http'],
  grpc: [
    '@opentelemetry/otlp-transformer',
    '@opentelemetry/otlp-grpc-exporter-base',
    '@grpc/grpc-js',
  ],
} as const;
