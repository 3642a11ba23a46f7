import { createRequire } from 'node:module';
import { ConfigurationError } from '../kernel/configuration-error.js';
import type { OtlpAgents } from './agents.js';
import type { OtlpProtocol } from './transport-options.js';
import type { OtlpSignal, OtlpTransportSettings } from './transport-settings.js';

/** Loads a package that an exporter package depends on. */
export type RequireDependency = (name: string) => unknown;

/** Loads packages. */
export interface PackageLoader {
  import(name: string): Promise<unknown>;
  /** Loads the dependencies of a package in the versions that it uses. */
  requireFrom(name: string): RequireDependency;
}

/** Loads packages that are installed beside the library. */
export const installedPackages: PackageLoader = {
  import: (name) => import(name),
  requireFrom: (name) => createRequire(createRequire(import.meta.url).resolve(name)),
};

const SIGNAL_WORDS: Readonly<Record<OtlpSignal, string>> = { metrics: 'metrics', traces: 'trace' };
const PROTOCOL_WORDS: Readonly<Record<OtlpProtocol, string>> = {
  'http/protobuf': 'proto',
  'http/json': 'http',
  grpc: 'grpc',
};

/** Returns the name of OpenTelemetry's exporter package. */
export function exporterPackage(signal: OtlpSignal, protocol: OtlpProtocol): string {
  return `@opentelemetry/exporter-${SIGNAL_WORDS[signal]}-otlp-${PROTOCOL_WORDS[protocol]}`;
}

/** Returns options in the form of OpenTelemetry's exporters. */
export function exporterConfig(
  settings: OtlpTransportSettings,
  agents: OtlpAgents,
  requireDependency: RequireDependency,
): Record<string, unknown> {
  const { protocol, url, headers, compression, timeoutMs, usesCertificateFiles } = settings;
  const shared = { url, compression, timeoutMillis: timeoutMs };
  if (protocol === 'grpc') return { ...shared, metadata: grpcMetadata(headers, requireDependency) };
  // Custom agents would replace those that the exporter creates with the certificates.
  return { ...shared, headers, ...(!usesCertificateFiles && { httpAgentOptions: agents.create }) };
}

/** Part of `@grpc/grpc-js` that is used. */
interface GrpcModule {
  readonly Metadata: new () => { set(name: string, value: string): void };
}

/** Returns headers as gRPC metadata, in the class of the package that the exporter uses. */
function grpcMetadata(
  headers: OtlpTransportSettings['headers'],
  requireDependency: RequireDependency,
): unknown {
  const { Metadata } = requireDependency('@grpc/grpc-js') as GrpcModule;
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

/** Returns the error for a configuration that an exporter package rejects. */
export function refusedConfiguration(
  subject: string,
  value: string,
  cause: unknown,
): ConfigurationError {
  return new ConfigurationError('OBS_OPTION_INVALID', {
    subject,
    value,
    rule: `its package must accept the configuration (${(cause as Error).message})`,
    remedy: 'Correct the options of the exporter, or the OTEL_EXPORTER_ variables.',
  });
}
