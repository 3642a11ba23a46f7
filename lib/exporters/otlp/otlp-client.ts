import { OtlpAgents } from '../../otlp/agents.js';
import {
  dependenciesOf,
  exporterConfig,
  exporterPackage,
  type ImportPackage,
  refusedConfiguration,
  type RequireDependency,
} from '../../otlp/exporter-package.js';
import type { ResourceAttributes } from '../../otlp/resource-attributes.js';
import type { OtlpProtocol } from '../../otlp/transport-options.js';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import type { MetricsPayload } from './encoding/metric-encoding.js';
import { DEPENDENCIES, importDependency, importExporter } from './exporter-imports.js';
import { encodeOtlpJson } from './encoding/otlp-json.format.js';
import { OtlpProtobuf } from './encoding/otlp-protobuf.format.js';
import {
  answerDecoder,
  createDelegate,
  type OtlpAnswer,
  type OtlpMetricClient,
  type OtlpResult,
  type OtlpSerializer,
} from './otlp-delegates.js';
import type { OtlpSettings } from './otlp-settings.js';
import { resourceMetrics, resourceOf } from './reader/otel-resource.js';

/** Client and the control of its connections. */
export interface CreatedClient {
  readonly client: OtlpMetricClient;
  /** Closes the connections of running exports. The next export opens new ones. */
  disconnect(): void;
  /**
   * Closes all connections and refuses new ones, because a connection to a receiver that hangs
   * keeps the process alive.
   */
  end(): void;
}

/** Exporter package of OpenTelemetry. */
interface ExporterModule {
  readonly OTLPMetricExporter: new (config: Readonly<Record<string, unknown>>) => {
    export(metrics: unknown, callback: (result: OtlpResult) => void): void;
    shutdown(): Promise<void>;
  };
}

/** Loads packages. */
export interface PackageLoader {
  readonly import: ImportPackage;
  /** Returns a function that loads the dependencies of the exporter package for a protocol. */
  requireFrom(name: string, protocol: OtlpProtocol): Promise<RequireDependency>;
}

const installedPackages: PackageLoader = {
  import: importExporter,
  requireFrom: (name, protocol) => dependenciesOf(name, DEPENDENCIES[protocol], importDependency),
};

/** Dependencies of a client. */
export interface ClientOptions {
  readonly settings: OtlpSettings;
  readonly resource: ResourceAttributes;
  /** Reports a partial rejection by the receiver. */
  report(error: unknown): void;
  readonly packages?: PackageLoader;
}

/**
 * Creates OpenTelemetry's transport with the library's encoding. A version that accepts no other
 * encoding uses its own exporter.
 *
 * @throws ConfigurationError `OBS_PEER_MISSING` when its package is not installed,
 * `OBS_OPTION_INVALID` when it rejects the options.
 */
export async function createClient(parts: ClientOptions): Promise<CreatedClient> {
  const { settings, packages = installedPackages } = parts;
  const { protocol } = settings;
  const name = exporterPackage('metrics', protocol);
  const module = await packages.import(name);
  if (module === undefined) throw missing(protocol, name);
  try {
    const requireDependency = await packages.requireFrom(name, protocol);
    const agents = new OtlpAgents();
    const config = exporterConfig(settings, agents, requireDependency);
    const serializer = serializerOf(parts, requireDependency);
    const client =
      (serializer && createDelegate({ protocol, config, serializer }, requireDependency)) ??
      ownExporter(module as ExporterModule, config, parts);
    return { client, disconnect: () => agents.disconnect(), end: () => agents.end() };
  } catch (error) {
    throw refusedConfiguration('otlp', protocol, error);
  }
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
  protocol: OtlpProtocol,
  resource: ResourceAttributes,
): (payload: MetricsPayload) => Uint8Array {
  if (protocol === 'http/json') return (payload) => encodeOtlpJson(payload, resource);
  const protobuf = new OtlpProtobuf(resource);
  return (payload) => protobuf.encode(payload);
}

/** Creates OpenTelemetry's exporter. It takes the SDK's data model, which cannot represent exemplars. */
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

function missing(protocol: string, name: string): ConfigurationError {
  return new ConfigurationError('OBS_PEER_MISSING', {
    subject: 'otlp.protocol',
    value: protocol,
    rule: `it needs the package ${name}, which is not installed`,
    remedy: `Run npm install ${name}, or choose another protocol.`,
  });
}

/** Sends one payload and settles with the client; rejects with its error. */
export function sendMetrics(client: OtlpMetricClient, payload: MetricsPayload): Promise<void> {
  return new Promise((resolve, reject) => {
    client.export(payload, ({ code, error }) => {
      if (code === 0) resolve();
      else reject(error ?? new Error('the export failed for no stated reason'));
    });
  });
}

const GRPC_REFUSALS = [3, 7, 11, 12, 16];

/**
 * Returns true if the receiver rejected the payload. After any other error the payload may have
 * arrived, because a receiver may process a request and never answer.
 */
export function isRefusal(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'number') return false;
  return (code >= 400 && code < 500) || GRPC_REFUSALS.includes(code);
}
