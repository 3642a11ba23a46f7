import { createRequire } from 'node:module';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import { loadOptionalPeer } from '../../kernel/optional-peer.js';
import { resourceMetrics, resourceOf, type ResourceAttributes } from './reader/otel-resource.js';
import { OtlpAgents } from './otlp-agents.js';
import type { CreatedClient, OtlpMetricClient, OtlpResult } from './otlp-client.js';
import {
  answerDecoder,
  createDelegate,
  type OtlpAnswer,
  type OtlpSerializer,
  type RequireDependency,
} from './otlp-delegates.js';
import type { MetricsPayload } from './encoding/metric-encoding.js';
import { encodeOtlpJson } from './encoding/otlp-json.format.js';
import type { OtlpMetricsProtocol } from './otlp-options.js';
import { OtlpProtobuf } from './encoding/otlp-protobuf.format.js';
import type { OtlpSettings } from './otlp-settings.js';

/** An exporter package of OpenTelemetry. */
interface ExporterModule {
  readonly OTLPMetricExporter: new (config: Readonly<Record<string, unknown>>) => {
    export(metrics: unknown, callback: (result: OtlpResult) => void): void;
    shutdown(): Promise<void>;
  };
}

/** `@grpc/grpc-js`, as much of it as is used. */
interface GrpcModule {
  readonly Metadata: new () => { set(name: string, value: string): void };
}

/** Loads packages. */
export interface PackageLoader {
  import(name: string): Promise<unknown>;
  /** Loads what a package depends on. */
  requireFrom(name: string): RequireDependency;
}

/** What a client is made with. */
export interface ClientOptions {
  readonly settings: OtlpSettings;
  readonly resource: ResourceAttributes;
  /** Told of an export of which a part was not taken. */
  report(error: unknown): void;
  readonly packages?: PackageLoader;
}

const installed: PackageLoader = {
  import: (name) => import(name),
  requireFrom: (name) => createRequire(createRequire(import.meta.url).resolve(name)),
};

const PACKAGES: Readonly<Record<OtlpMetricsProtocol, string>> = {
  'http/protobuf': '@opentelemetry/exporter-metrics-otlp-proto',
  'http/json': '@opentelemetry/exporter-metrics-otlp-http',
  grpc: '@opentelemetry/exporter-metrics-otlp-grpc',
};

/**
 * Makes OpenTelemetry's transport with our encoding, or its own exporter where a version does not let others encode.
 *
 * @throws ConfigurationError `OBS_PEER_MISSING` when its package is not installed, `OBS_OPTION_INVALID` when it refuses
 * the options.
 */
export async function createClient(parts: ClientOptions): Promise<CreatedClient> {
  const { settings, packages = installed } = parts;
  const { protocol } = settings;
  const name = PACKAGES[protocol];
  const module = await loadOptionalPeer(() => packages.import(name), name);
  if (module === undefined) throw missing(protocol, name);
  try {
    const requireDependency = packages.requireFrom(name);
    const agents = new OtlpAgents();
    const config = configOf(settings, agents, requireDependency);
    const serializer = serializerOf(parts, requireDependency);
    const client =
      (serializer && createDelegate({ protocol, config, serializer }, requireDependency)) ??
      ownExporter(module as ExporterModule, config, parts);
    return { client, disconnect: () => agents.disconnect(), end: () => agents.end() };
  } catch (error) {
    throw refused(protocol, error);
  }
}

function configOf(
  { protocol, url, headers, compression, timeoutMs }: OtlpSettings,
  agents: OtlpAgents,
  requireDependency: RequireDependency,
): Readonly<Record<string, unknown>> {
  const shared = { url, compression, timeoutMillis: timeoutMs };
  if (protocol === 'grpc') return { ...shared, metadata: grpcMetadata(headers, requireDependency) };
  return {
    ...shared,
    headers,
    // Agents of ours would take the place of those that the exporter makes with the certificates.
    ...(!namesCertificates(process.env) && { httpAgentOptions: agents.create }),
  };
}

function serializerOf(
  { settings: { protocol }, resource, report }: ClientOptions,
  requireDependency: RequireDependency,
): OtlpSerializer | undefined {
  const decode = answerDecoder(protocol, requireDependency);
  if (decode === undefined) return undefined;
  const encode = encoderOf(protocol, resource);
  return {
    serializeRequest: encode,
    deserializeResponse: (data) => {
      const answer = decode(data) as OtlpAnswer | undefined;
      const { rejectedDataPoints: rejected, errorMessage = '' } = answer?.partialSuccess ?? {};
      if (Number(rejected) > 0) {
        report(new Error(`the receiver refused ${Number(rejected)} points: ${errorMessage}`));
      }
      return answer;
    },
  };
}

function encoderOf(
  protocol: OtlpMetricsProtocol,
  resource: ResourceAttributes,
): (payload: MetricsPayload) => Uint8Array {
  if (protocol === 'http/json') return (payload) => encodeOtlpJson(payload, resource);
  const protobuf = new OtlpProtobuf(resource);
  return (payload) => protobuf.encode(payload);
}

/** Takes the data model of the SDK, which has no place for exemplars. */
function ownExporter(
  { OTLPMetricExporter }: ExporterModule,
  config: Readonly<Record<string, unknown>>,
  { resource: attributes }: ClientOptions,
): OtlpMetricClient {
  const exporter = new OTLPMetricExporter(config);
  const resource = resourceOf(attributes);
  return {
    export: ({ snapshot, encoding }, callback) =>
      exporter.export(resourceMetrics(snapshot, encoding, resource), callback),
    shutdown: () => exporter.shutdown(),
  };
}

function namesCertificates(env: Readonly<Record<string, string | undefined>>): boolean {
  return Object.keys(env).some((it) =>
    /^OTEL_EXPORTER_OTLP_(?:METRICS_)?(?:CERTIFICATE|CLIENT_CERTIFICATE|CLIENT_KEY)$/.test(it),
  );
}

/** gRPC takes headers in a class of its own; it must be that of the package which the exporter uses. */
function grpcMetadata(
  headers: OtlpSettings['headers'],
  requireDependency: RequireDependency,
): unknown {
  const { Metadata } = requireDependency('@grpc/grpc-js') as GrpcModule;
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
