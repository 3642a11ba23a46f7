import { createRequire } from 'node:module';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import { loadOptionalPeer } from '../../kernel/optional-peer.js';
import { OtlpAgents } from './otlp-agents.js';
import type { CreatedClient, OtlpMetricClient } from './otlp-client.js';
import type { OtlpMetricsOptions, OtlpMetricsProtocol } from './otlp-options.js';

/** An exporter package of OpenTelemetry. */
interface ExporterModule {
  readonly OTLPMetricExporter: new (config: Record<string, unknown>) => OtlpMetricClient;
}

/** `@grpc/grpc-js`, as much of it as is used. */
interface GrpcModule {
  readonly Metadata: new () => { set(name: string, value: string): void };
}

/** Imports a package by its name. */
export type ImportPackage = (name: string) => Promise<unknown>;

const PACKAGES: Readonly<Record<OtlpMetricsProtocol, string>> = {
  'http/protobuf': '@opentelemetry/exporter-metrics-otlp-proto',
  'http/json': '@opentelemetry/exporter-metrics-otlp-http',
  grpc: '@opentelemetry/exporter-metrics-otlp-grpc',
};

/**
 * Makes OpenTelemetry's own exporter.
 *
 * @param timeoutMs - Time limit of one export with its retries.
 * @throws ConfigurationError `OBS_PEER_MISSING` when its package is not installed, `OBS_OPTION_INVALID` when it refuses
 * the options.
 */
export async function createClient(
  options: OtlpMetricsOptions,
  timeoutMs: number,
  importPackage: ImportPackage = (name) => import(name),
): Promise<CreatedClient> {
  const { protocol = 'http/protobuf' } = options;
  const name = PACKAGES[protocol];
  const module = await loadOptionalPeer(() => importPackage(name), name);
  if (module === undefined) throw missing(protocol, name);
  const { OTLPMetricExporter } = module as ExporterModule;
  try {
    const config = { ...configOf(options), timeoutMillis: timeoutMs };
    if (protocol === 'grpc') {
      const metadata = grpcMetadata(options.headers, name);
      const client = new OTLPMetricExporter({ ...config, url: options.endpoint, metadata });
      return { client, disconnect: () => undefined, end: () => undefined };
    }
    const agents = new OtlpAgents();
    const client = new OTLPMetricExporter({
      ...config,
      ...(options.endpoint !== undefined && { url: httpUrl(options.endpoint) }),
      ...(options.headers && { headers: options.headers }),
      // Agents of ours would take the place of those that the exporter makes with the certificates.
      ...(!namesCertificates(process.env) && { httpAgentOptions: agents.create }),
    });
    return { client, disconnect: () => agents.disconnect(), end: () => agents.end() };
  } catch (error) {
    throw refused(protocol, error);
  }
}

function configOf({ compression, temporality }: OtlpMetricsOptions): Record<string, unknown> {
  return {
    ...(compression && { compression }),
    // The values of the package's AggregationTemporalityPreference.
    ...(temporality && { temporalityPreference: temporality === 'delta' ? 0 : 1 }),
  };
}

function httpUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (/\/metrics\/?$/.test(url.pathname)) return endpoint;
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/metrics`;
  return url.href;
}

function namesCertificates(env: Readonly<Record<string, string | undefined>>): boolean {
  return Object.keys(env).some((it) =>
    /^OTEL_EXPORTER_OTLP_(?:METRICS_)?(?:CERTIFICATE|CLIENT_CERTIFICATE|CLIENT_KEY)$/.test(it),
  );
}

/** gRPC takes headers in a class of its own; it must be that of the package which the exporter uses. */
function grpcMetadata(headers: OtlpMetricsOptions['headers'] = {}, packageName: string): unknown {
  const ofExporter = createRequire(createRequire(import.meta.url).resolve(packageName));
  const { Metadata } = ofExporter('@grpc/grpc-js') as GrpcModule;
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

function missing(protocol: string, name: string): ConfigurationError {
  return new ConfigurationError('OBS_PEER_MISSING', {
    subject: 'otlp.protocol',
    value: protocol,
    rule: `it needs the package ${name}, which is not installed`,
    remedy: `Run npm install ${name}, or choose another protocol.`,
  });
}

function refused(protocol: string, error: unknown): ConfigurationError {
  return new ConfigurationError('OBS_OPTION_INVALID', {
    subject: 'otlp',
    value: protocol,
    rule: `its package must accept the configuration (${(error as Error).message})`,
    remedy: 'Correct the options of otlp(), or the OTEL_EXPORTER_OTLP_ variables.',
  });
}
