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
  /** Loads the dependencies of a package in its own versions. */
  requireFrom(name: string): RequireDependency;
}

/** The packages that are installed beside the library. */
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

/** Name of OpenTelemetry's exporter package. */
export function exporterPackage(signal: OtlpSignal, protocol: OtlpProtocol): string {
  return `@opentelemetry/exporter-${SIGNAL_WORDS[signal]}-otlp-${PROTOCOL_WORDS[protocol]}`;
}

/** Options of OpenTelemetry's exporters, in their form. */
export function exporterConfig(
  settings: OtlpTransportSettings,
  agents: OtlpAgents,
  requireDependency: RequireDependency,
): Record<string, unknown> {
  const { protocol, url, headers, compression, timeoutMs, usesCertificateFiles } = settings;
  const shared = { url, compression, timeoutMillis: timeoutMs };
  if (protocol === 'grpc') return { ...shared, metadata: grpcMetadata(headers, requireDependency) };
  // Agents of ours would replace those that the exporter creates with the certificates.
  return { ...shared, headers, ...(!usesCertificateFiles && { httpAgentOptions: agents.create }) };
}

/** `@grpc/grpc-js`, as much of it as is used. */
interface GrpcModule {
  readonly Metadata: new () => { set(name: string, value: string): void };
}

/** Headers in the class of gRPC; it must be that of the package which the exporter uses. */
function grpcMetadata(
  headers: OtlpTransportSettings['headers'],
  requireDependency: RequireDependency,
): unknown {
  const { Metadata } = requireDependency('@grpc/grpc-js') as GrpcModule;
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

/** The error for a configuration that an exporter package refuses. */
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
