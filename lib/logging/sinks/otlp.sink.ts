import { ConfigurationError } from '../../kernel/configuration-error.js';
import { assertOptions } from '../../options/assert-options.js';
import { group, option, type OptionDescription } from '../../options/description.js';
import { oneOf } from '../../options/standard-options.js';
import { StandardVariables } from '../../options/standard-variables.js';
import { serviceAttributes } from '../../otlp/resource-attributes.js';
import { otlpTransportMembers } from '../../otlp/transport-options.js';
import {
  otlpTransportSettings,
  type OtlpTransportSettings,
} from '../../otlp/transport-settings.js';
import type { LogSink, OpenSink, SinkHost } from './log-sink.js';
import {
  openShipper,
  receiverOf,
  type ShippingOptions,
  shippingMembers,
} from './network/ship-options.js';
import type { QueuedLine } from './network/ship-queue.js';
import { type ShipFormat, TAKEN, type Verdict } from './network/verdict.js';
import { encodeLogsJson, encodeLogsProtobuf } from './otlp-logs.format.js';
import { rejectedInJson, rejectedInProtobuf } from './otlp-answer.format.js';

/** Options of {@link otlpSink}. Omitted options are read from the standard `OTEL_EXPORTER_OTLP_` variables. */
export interface OtlpSinkOptions extends ShippingOptions {
  /**
   * Address of the receiver; `/v1/logs` is appended unless the path ends in `/logs`.
   *
   * @defaultValue `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT` unchanged, `OTEL_EXPORTER_OTLP_ENDPOINT`, else `http://localhost:4318`
   */
  readonly url?: string;
  /** Encoding over HTTP. @defaultValue `OTEL_EXPORTER_OTLP_(LOGS_)PROTOCOL`, else `http/protobuf` */
  readonly protocol?: 'http/protobuf' | 'http/json';
}

/** Description of the options of {@link otlpSink}. The reference of options reads it. @public */
export const otlpSinkOptions: OptionDescription = group<OtlpSinkOptions>({
  url: option(otlpTransportMembers.endpoint.schema, otlpTransportMembers.endpoint),
  protocol: oneOf(['http/protobuf', 'http/json']),
  ...shippingMembers,
});

/**
 * Sink that sends lines over OTLP, to a Collector or a backend that speaks it. It needs no package of OpenTelemetry.
 * With `OTEL_LOGS_EXPORTER=none` or `OTEL_SDK_DISABLED=true` it sends nothing.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`; for a variable that chooses gRPC, while the application starts.
 *
 * @example
 * ```ts
 * import { logging, otlpSink } from '@eventcore/nestjs-observability/logging';
 *
 * export const logs = logging({ sinks: [otlpSink({ url: 'http://collector:4318' })] });
 * ```
 */
export function otlpSink(options: OtlpSinkOptions = {}): LogSink {
  assertOptions('otlpSink()', otlpSinkOptions, options);
  return {
    name: 'otlp',
    level: options.level,
    isRemote: true,
    open: (host) => openOtlp(options, host),
  };
}

function openOtlp(options: OtlpSinkOptions, host: SinkHost): OpenSink {
  const warn = (message: string) => host.report(new Error(message));
  const variables = new StandardVariables(process.env, warn);
  const isOff = variables.text('OTEL_LOGS_EXPORTER')?.toLowerCase() === 'none';
  if (isOff || variables.isTrue('OTEL_SDK_DISABLED')) return SILENT;
  const { url: endpoint, ...transport } = options;
  const chosen = { ...transport, ...(endpoint !== undefined && { endpoint }) };
  const settings = otlpTransportSettings('logs', chosen, variables);
  if (settings.protocol === 'grpc') throw noGrpc();
  const { timeoutMs, compression } = settings;
  const format = otlpFormat(settings, { host, variables });
  return openShipper('otlp', { ...options, timeoutMs, compression }, { host, format });
}

const SILENT: OpenSink = {
  write: () => {},
  flush: async () => {},
  close: async () => {},
};

function noGrpc(): ConfigurationError {
  return new ConfigurationError('OBS_OPTION_INVALID', {
    subject: 'otlpSink().protocol',
    value: 'grpc',
    rule: 'must be http/protobuf or http/json',
    remedy: 'Set OTEL_EXPORTER_OTLP_LOGS_PROTOCOL to http/protobuf, and the endpoint to port 4318.',
  });
}

function otlpFormat(
  { protocol, url: address, headers: given }: OtlpTransportSettings,
  { host, variables }: { readonly host: SinkHost; readonly variables: StandardVariables },
): ShipFormat {
  const isJson = protocol === 'http/json';
  const encode = isJson ? encodeLogsJson : encodeLogsProtobuf;
  const type = isJson ? 'application/json' : 'application/x-protobuf';
  const { url, headers } = receiverOf(address, '', { headers: given });
  const all = { ...headers, 'content-type': type };
  // The service is known once the application has started.
  const resource = () => {
    const { name, version, environment } = host.service;
    const described = { serviceName: name, serviceVersion: version, environment };
    return { 'service.name': 'unknown_service:node', ...serviceAttributes(described, variables) };
  };
  return {
    request: (lines) => {
      const records = lines.map(({ record }) => record);
      return { method: 'POST', url, headers: all, body: encode(records, resource()) };
    },
    read: (answer, lines) =>
      rejectedVerdict((isJson ? rejectedInJson : rejectedInProtobuf)(answer.body), lines),
    // Source: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes
    isTemporary: (status) => status === 429 || (status >= 502 && status <= 504),
  };
}

/** A receiver names how many records it refused, not which. */
function rejectedVerdict(rejected: number, lines: readonly QueuedLine[]): Verdict {
  if (!(rejected > 0)) return TAKEN;
  const refused = Math.min(rejected, lines.length);
  return { again: [], refused, problem: `the receiver refused ${refused} lines` };
}
