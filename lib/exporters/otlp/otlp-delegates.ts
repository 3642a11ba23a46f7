import type { OtlpMetricClient } from './otlp-client.js';
import type { MetricsPayload } from './encoding/metric-encoding.js';
import type { OtlpMetricsProtocol } from './otlp-options.js';

/** What OpenTelemetry's transports turn a payload into bytes with. */
export interface OtlpSerializer {
  serializeRequest(payload: MetricsPayload): Uint8Array;
  deserializeResponse(data: Uint8Array): unknown;
}

/** The part of an answer that says what was not taken. */
export interface OtlpAnswer {
  readonly partialSuccess?: {
    readonly rejectedDataPoints?: unknown;
    readonly errorMessage?: string;
  };
}

/** Loads a package that an exporter package depends on. */
export type RequireDependency = (name: string) => unknown;

type CreateDelegate = (...parameters: readonly unknown[]) => OtlpMetricClient;
type ConvertOptions = (...parameters: readonly unknown[]) => unknown;
type Dependency = Readonly<Record<string, unknown>>;

const CONTENT_TYPES = {
  'http/protobuf': 'application/x-protobuf',
  'http/json': 'application/json',
} as const;

// They tell the transports' own metrics apart, which nobody collects.
const COMPONENT = 'otlp_metric_exporter';
const COUNTING = { name: 'metric_data_point', countItems: () => 0 };
const GRPC_METHOD = [
  'MetricsExportService',
  '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
];

/** What a delegate is made with. */
export interface DelegateOptions {
  readonly protocol: OtlpMetricsProtocol;
  /** In the form of the options of OpenTelemetry's exporters. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly serializer: OtlpSerializer;
}

/**
 * OpenTelemetry's transport with a serializer of ours: retries, compression, certificates and variables are theirs.
 *
 * @returns `undefined` when the installed version cannot do that.
 * @throws Error when it refuses the configuration.
 */
export function createDelegate(
  parts: DelegateOptions,
  requireDependency: RequireDependency,
): OtlpMetricClient | undefined {
  return parts.protocol === 'grpc'
    ? createGrpcDelegate(parts, requireDependency)
    : createHttpDelegate(parts, parts.protocol, requireDependency);
}

/** Decodes answers as OpenTelemetry's exporters do. */
export function answerDecoder(
  protocol: OtlpMetricsProtocol,
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
  return create(options, serializer, COMPONENT, COUNTING);
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
  // Versions with metrics of their own take three parameters more, in the middle.
  if (create.length === 4) return create(options, serializer, ...GRPC_METHOD);
  if (create.length !== 7) return undefined;
  return create(options, serializer, COMPONENT, COUNTING, undefined, ...GRPC_METHOD);
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
