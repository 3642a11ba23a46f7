import type { RequireDependency } from '../../otlp/exporter-package.js';
import type { OtlpProtocol } from '../../otlp/transport-options.js';
import type { MetricsPayload } from './encoding/metric-encoding.js';

/** Export result in the form of OpenTelemetry's exporters. */
export interface OtlpResult {
  /** 0 for success. */
  readonly code: number;
  readonly error?: Error | undefined;
}

/** Client that sends metrics. */
export interface OtlpMetricClient {
  export(payload: MetricsPayload, callback: (result: OtlpResult) => void): void;
  shutdown(): Promise<void>;
}

/** Serializer of OpenTelemetry's transports. */
export interface OtlpSerializer {
  serializeRequest(payload: MetricsPayload): Uint8Array;
  deserializeResponse(data: Uint8Array): unknown;
}

/** Part of a response that describes rejected points. */
export interface OtlpAnswer {
  readonly partialSuccess?: {
    readonly rejectedDataPoints?: unknown;
    readonly errorMessage?: string;
  };
}

type CreateDelegate = (...parameters: readonly unknown[]) => OtlpMetricClient;
type ConvertOptions = (...parameters: readonly unknown[]) => unknown;
type Dependency = Readonly<Record<string, unknown>>;

const CONTENT_TYPES = {
  'http/protobuf': 'application/x-protobuf',
  'http/json': 'application/json',
} as const;

// Label of the transports' own metrics, which the library does not collect.
const TRANSPORT_LABEL = 'otlp_metric_exporter';
const COUNTING = { name: 'metric_data_point', countItems: () => 0 };
const GRPC_METHOD = [
  'MetricsExportService',
  '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
];

/** Dependencies of a delegate. */
export interface DelegateOptions {
  readonly protocol: OtlpProtocol;
  /** Options in the form of OpenTelemetry's exporters. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly serializer: OtlpSerializer;
}

/**
 * Creates OpenTelemetry's transport with the library's serializer. The transport handles retries,
 * compression, certificates and variables.
 *
 * @returns `undefined` when the installed version accepts no serializer.
 * @throws Error when the transport rejects the configuration.
 */
export function createDelegate(
  parts: DelegateOptions,
  requireDependency: RequireDependency,
): OtlpMetricClient | undefined {
  return parts.protocol === 'grpc'
    ? createGrpcDelegate(parts, requireDependency)
    : createHttpDelegate(parts, parts.protocol, requireDependency);
}

/** Returns a function that decodes responses as OpenTelemetry's exporters do. */
export function answerDecoder(
  protocol: OtlpProtocol,
  requireDependency: RequireDependency,
): ((data: Uint8Array) => unknown) | undefined {
  const transformer = load(requireDependency, '@opentelemetry/otlp-transformer');
  const name = protocol === 'http/json' ? 'JsonMetricsSerializer' : 'ProtobufMetricsSerializer';
  const serializer = transformer[name] as Partial<OtlpSerializer> | undefined;
  if (typeof serializer?.deserializeResponse !== 'function') return undefined;
  return (data) => serializer.deserializeResponse!(data);
}

function createHttpDelegate(
  { config, serializer }: DelegateOptions,
  protocol: keyof typeof CONTENT_TYPES,
  requireDependency: RequireDependency,
): OtlpMetricClient | undefined {
  const base = load(requireDependency, '@opentelemetry/otlp-exporter-base/node-http');
  const create = functionOf<CreateDelegate>(base, 'createOtlpHttpExportDelegate');
  const convert = functionOf<ConvertOptions>(base, 'convertLegacyHttpOptions');
  if (create === undefined || convert === undefined) return undefined;
  const headers = { 'Content-Type': CONTENT_TYPES[protocol] };
  const options = convert(config, 'METRICS', 'v1/metrics', headers);
  return create(options, serializer, TRANSPORT_LABEL, COUNTING);
}

function createGrpcDelegate(
  { config, serializer }: DelegateOptions,
  requireDependency: RequireDependency,
): OtlpMetricClient | undefined {
  const base = load(requireDependency, '@opentelemetry/otlp-grpc-exporter-base');
  const create = functionOf<CreateDelegate>(base, 'createOtlpGrpcExportDelegate');
  const convert = functionOf<ConvertOptions>(base, 'convertLegacyOtlpGrpcOptions');
  if (create === undefined || convert === undefined) return undefined;
  const options = convert(config, 'METRICS');
  // Versions with their own metrics have three additional parameters in the middle.
  if (create.length === 4) return create(options, serializer, ...GRPC_METHOD);
  if (create.length !== 7) return undefined;
  return create(options, serializer, TRANSPORT_LABEL, COUNTING, undefined, ...GRPC_METHOD);
}

function load(requireDependency: RequireDependency, name: string): Dependency {
  try {
    return requireDependency(name) as Dependency;
  } catch {
    return {};
  }
}

function functionOf<F>(dependency: Dependency, name: string): F | undefined {
  return typeof dependency[name] === 'function' ? (dependency[name] as F) : undefined;
}
