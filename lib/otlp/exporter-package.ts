import { ConfigurationError } from '../kernel/configuration-error.js';
import { installedPackageSearch } from '../kernel/peers/optional-peer.js';
import type { OtlpAgents } from './agents.js';
import type { OtlpProtocol } from './transport-options.js';
import type { OtlpSignal, OtlpTransportSettings } from './transport-settings.js';

/** Loads a package that an exporter package depends on. */
export type RequireDependency = (name: string) => unknown;

/** Imports one of several packages by its name; gives `undefined` for one that is not installed. */
export type ImportPackage = (name: string) => Promise<unknown>;

/**
 * Returns a function that loads the dependencies of an exporter package in the versions that it uses. A bundle has one
 * copy of each, which only an import finds.
 *
 * @param names - Dependencies that the function loads.
 */
export async function dependenciesOf(
  exporterName: string,
  names: readonly string[],
  importDependency: ImportPackage,
): Promise<RequireDependency> {
  const installed = await installedPackageSearch();
  if (installed !== undefined) return installed.requireFrom(exporterName);
  const imported = await Promise.all(
    names.map(async (it) => [it, await importDependency(it)] as const),
  );
  const byName = new Map(imported);
  return (name) => {
    const found = byName.get(name);
    if (found === undefined) throw new Error(`${name} is neither installed nor in the bundle`);
    return found;
  };
}

const SIGNAL_WORDS: Readonly<Record<OtlpSignal, string>> = {
  metrics: 'metrics',
  traces: 'trace',
  logs: 'logs',
};
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
  if (protocol === 'grpc') {
    const metadata = grpcMetadata(headers, requireDependency);
    return { ...shared, ...(metadata !== undefined && { metadata }) };
  }
  // Custom agents would replace those that the exporter creates with the certificates.
  return { ...shared, headers, ...(!usesCertificateFiles && { httpAgentOptions: agents.create }) };
}

/** Package of gRPC, which the exporters for it use. */
export const GRPC = '@grpc/grpc-js';

/** Part of `@grpc/grpc-js` that is used. */
interface GrpcModule {
  readonly Metadata: new () => { set(name: string, value: string): void };
}

/** Returns headers as gRPC metadata, in the class of the package that the exporter uses. */
function grpcMetadata(
  headers: OtlpTransportSettings['headers'],
  requireDependency: RequireDependency,
): unknown {
  const entries = Object.entries(headers);
  if (entries.length === 0) return undefined;
  const { Metadata } = requireDependency(GRPC) as GrpcModule;
  const metadata = new Metadata();
  for (const [name, value] of entries) metadata.set(name, value);
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
