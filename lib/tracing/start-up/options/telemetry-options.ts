import type { Clock } from '../../../kernel/clock.js';
import type { OtlpTransportOptions } from '../../../otlp/transport-options.js';
import type { SamplerOptions } from '../../samplers/sampler-options.js';
import type { InMemoryTraceStoreOptions } from '../../store/memory/in-memory-trace-store-options.js';

/** Format that propagates a trace between processes. */
export type PropagatorName = 'tracecontext' | 'baggage' | 'b3' | 'b3multi';

export const propagatorNames: readonly PropagatorName[] = [
  'tracecontext',
  'baggage',
  'b3',
  'b3multi',
];

/** OpenTelemetry protocol (OTLP), accepted by collectors, Jaeger, Tempo and most vendors. */
export interface OtlpExporterOptions extends OtlpTransportOptions {
  /** `jaeger` selects the same protocol with another name in counters and warnings. */
  readonly type: 'otlp' | 'jaeger';
  /** Name in counters and warnings. @defaultValue the type */
  readonly name?: string;
}

/** Exporter for Zipkin's JSON format, version 2. */
export interface ZipkinExporterOptions {
  /** Selects this exporter. */
  readonly type: 'zipkin';
  /** Name in counters and warnings. @defaultValue `zipkin` */
  readonly name?: string;
  /** Full URL. @defaultValue `OTEL_EXPORTER_ZIPKIN_ENDPOINT`, else `http://localhost:9411/api/v2/spans` */
  readonly endpoint?: string;
  /** Headers to send. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Time limit of an export in milliseconds, after which its connection is closed. @defaultValue
   * `OTEL_EXPORTER_ZIPKIN_TIMEOUT`, else 10000
   */
  readonly timeoutMs?: number;
}

/** Exporter that prints spans on the console, for development. */
export interface ConsoleExporterOptions {
  /** Selects this exporter. */
  readonly type: 'console';
  /** Name in counters and warnings. @defaultValue `console` */
  readonly name?: string;
}

/** `SpanExporter` of any version of the OpenTelemetry SDK. */
export interface SpanExporterPort {
  /** Sends spans and reports the result to the callback. */
  export(spans: never, resultCallback: never): void;
  /** Stops permanently. */
  shutdown(): Promise<void>;
  /** Sends pending spans. */
  forceFlush?(): Promise<void>;
}

/** Exporter of the application. */
export interface CustomExporterOptions {
  /** Selects this exporter. */
  readonly type: 'custom';
  /** Name in counters and warnings. */
  readonly name: string;
  /** Exporter instance. It is shut down with the telemetry. */
  readonly exporter: SpanExporterPort;
  /** Time limit of an export in milliseconds. @defaultValue 10000 */
  readonly timeoutMs?: number;
}

/** Target of the spans. A string selects the exporter of that type with its defaults. */
export type ExporterOptions =
  | 'otlp'
  | 'jaeger'
  | 'zipkin'
  | 'console'
  | 'none'
  | OtlpExporterOptions
  | ZipkinExporterOptions
  | ConsoleExporterOptions
  | CustomExporterOptions;

/** Queue of finished spans. Every exporter has its own. */
export interface BatchOptions {
  /**
   * Maximum number of queued spans; excess spans are dropped and counted. @defaultValue
   * `OTEL_BSP_MAX_QUEUE_SIZE`, else 2048
   */
  readonly maxQueueSize?: number;
  /** Spans per export, at most `maxQueueSize`. @defaultValue `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`, else 512 */
  readonly maxBatchSize?: number;
  /** Interval between two exports in milliseconds. @defaultValue `OTEL_BSP_SCHEDULE_DELAY`, else 5000 */
  readonly delayMs?: number;
  /** Time limit of an export in milliseconds. @defaultValue `OTEL_BSP_EXPORT_TIMEOUT`, else 30000 */
  readonly exportTimeoutMs?: number;
}

/** Detected resource attributes. Arguments, environment and user of the process are never read. */
export interface DetectorOptions {
  /** `host.name`, `host.arch`, `os.type`. @defaultValue true */
  readonly host?: boolean;
  /** `process.pid`, `process.executable.name`, `process.runtime.name` and `.version`, `service.instance.id`. @defaultValue true */
  readonly process?: boolean;
}

/** `SpanProcessor` of any version of the OpenTelemetry SDK. */
export interface SpanProcessorPort {
  /** Called at the start of a recorded span. */
  onStart(span: never, parentContext: never): void;
  /** Called at the end of a span. */
  onEnd(span: never): void;
  /** Passes on pending spans. */
  forceFlush(): Promise<void>;
  /** Stops permanently. */
  shutdown(): Promise<void>;
}

/** Options of `startTelemetry()`. Omitted options are read from the standard variables of OpenTelemetry. */
export interface TelemetryOptions {
  /** `false` disables telemetry. @defaultValue true, unless `OTEL_SDK_DISABLED=true` */
  readonly enabled?: boolean;
  /** `service.name`. @defaultValue `OTEL_SERVICE_NAME`, else `service.name` of `OTEL_RESOURCE_ATTRIBUTES`, else `unknown_service:node` */
  readonly serviceName?: string;
  /** `service.version`. @defaultValue that of `OTEL_RESOURCE_ATTRIBUTES` */
  readonly serviceVersion?: string;
  /** `deployment.environment.name`. @defaultValue that of `OTEL_RESOURCE_ATTRIBUTES` */
  readonly environment?: string;
  /** Further resource attributes by name. @defaultValue those of `OTEL_RESOURCE_ATTRIBUTES` */
  readonly labels?: Readonly<Record<string, string | number | boolean>>;
  /** Detected resource attributes. @defaultValue both `true` */
  readonly detectors?: DetectorOptions;
  /** Targets of the spans. @defaultValue `OTEL_TRACES_EXPORTER`, else `otlp` */
  readonly exporter?: ExporterOptions | readonly ExporterOptions[];
  /** Sampler of the spans. @defaultValue `OTEL_TRACES_SAMPLER`, else parent-based with root `always` */
  readonly sampler?: SamplerOptions;
  /**
   * Also exports unsampled spans that end with status ERROR. It records every span, at the cost of
   * a sampled one. It applies to each span of this process separately: parents and siblings of a
   * failed span are not exported unless they fail too. Other processes still see an unsampled
   * trace.
   *
   * @defaultValue false
   */
  readonly keepErrors?: boolean;
  /**
   * Registers the `MeterProvider` of the plugin `otelMetrics()`, so that metrics of the OpenTelemetry API count from the
   * start.
   *
   * @defaultValue true if `OTEL_METRICS_EXPORTER` contains `prometheus`
   */
  readonly metrics?: boolean;
  /**
   * Formats that propagate a trace between processes. Each B3 format writes its own form, and reads both.
   *
   * @defaultValue `OTEL_PROPAGATORS`, else `['tracecontext', 'baggage']`
   */
  readonly propagators?: readonly PropagatorName[];
  /** Queue of finished spans. @defaultValue the `OTEL_BSP_…` variables, else those of {@link BatchOptions} */
  readonly batch?: BatchOptions;
  /** Additional processors, which receive every recorded span before the exporters. @defaultValue none */
  readonly spanProcessors?: readonly SpanProcessorPort[];
  /**
   * Retains the last finished traces of this process in memory for inspection; `true` applies the
   * default limits. The module provides the store as `TRACE_STORE`.
   *
   * @defaultValue false
   */
  readonly traceStore?: boolean | InMemoryTraceStoreOptions;
  /** Time limit of `flush()` and `shutdown()` in milliseconds. @defaultValue 5000 */
  readonly shutdownTimeoutMs?: number;
  /** Receives warnings, each kind at most once a minute. @defaultValue `process.emitWarning` */
  readonly warn?: (message: string) => void;
  /** Clock for exports and warnings. @defaultValue the clock of the process */
  readonly clock?: Clock;
}
