import type { Clock } from '../../../kernel/clock.js';
import type { OtlpTransportOptions } from '../../../otlp/transport-options.js';
import type { SamplerOptions } from '../../samplers/sampler-options.js';
import type { InMemoryTraceStoreOptions } from '../../store/memory/in-memory-trace-store-options.js';

/** The formats that bring a trace from process to process. */
export type PropagatorName = 'tracecontext' | 'baggage';

/** The OpenTelemetry protocol: a collector, Jaeger, Tempo, and most vendors take it. */
export interface OtlpExporterOptions extends OtlpTransportOptions {
  /** `jaeger` is the same protocol under another name in counters and warnings. */
  readonly type: 'otlp' | 'jaeger';
  /** Name in counters and warnings. @defaultValue the type */
  readonly name?: string;
}

/** Zipkin's JSON format, version 2. */
export interface ZipkinExporterOptions {
  /** Selects this exporter. */
  readonly type: 'zipkin';
  /** Name in counters and warnings. @defaultValue `zipkin` */
  readonly name?: string;
  /** Full URL. @defaultValue `OTEL_EXPORTER_ZIPKIN_ENDPOINT`, else `http://localhost:9411/api/v2/spans` */
  readonly endpoint?: string;
  /** Headers to send. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /** When an export that was not answered is given up and its connection ended, in milliseconds. @defaultValue `OTEL_EXPORTER_ZIPKIN_TIMEOUT`, else 10000 */
  readonly timeoutMs?: number;
}

/** Prints spans on the console, for development. */
export interface ConsoleExporterOptions {
  /** Selects this exporter. */
  readonly type: 'console';
  /** Name in counters and warnings. @defaultValue `console` */
  readonly name?: string;
}

/** The `SpanExporter` of the OpenTelemetry SDK, whatever its version. */
export interface SpanExporterPort {
  /** Sends spans and calls back with the result. */
  export(spans: never, resultCallback: never): void;
  /** Stops for good. */
  shutdown(): Promise<void>;
  /** Sends what it still holds. */
  forceFlush?(): Promise<void>;
}

/** An exporter of the application. */
export interface CustomExporterOptions {
  /** Selects this exporter. */
  readonly type: 'custom';
  /** Name in counters and warnings. */
  readonly name: string;
  /** Takes the spans. It is shut down with telemetry. */
  readonly exporter: SpanExporterPort;
  /** When an export that was not answered counts as failed, in milliseconds. @defaultValue 10000 */
  readonly timeoutMs?: number;
}

/** Where spans go; a word alone stands for the exporter of that type with its defaults. */
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

/** How finished spans wait for their export. Every exporter has a queue of its own. */
export interface BatchOptions {
  /** Spans that wait at most; what comes on top is dropped and counted. @defaultValue `OTEL_BSP_MAX_QUEUE_SIZE`, else 2048 */
  readonly maxQueueSize?: number;
  /** Spans in one export, at most `maxQueueSize`. @defaultValue `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`, else 512 */
  readonly maxBatchSize?: number;
  /** Time between two exports in milliseconds. @defaultValue `OTEL_BSP_SCHEDULE_DELAY`, else 5000 */
  readonly delayMs?: number;
  /** When an export that was not answered is given up, in milliseconds. @defaultValue `OTEL_BSP_EXPORT_TIMEOUT`, else 30000 */
  readonly exportTimeoutMs?: number;
}

/** What the resource says about where the process runs. Arguments, environment and user of the process are never read. */
export interface DetectorOptions {
  /** `host.name`, `host.arch`, `os.type`. @defaultValue true */
  readonly host?: boolean;
  /** `process.pid`, `process.executable.name`, `process.runtime.name` and `.version`, `service.instance.id`. @defaultValue true */
  readonly process?: boolean;
}

/** The `SpanProcessor` of the OpenTelemetry SDK, whatever its version. */
export interface SpanProcessorPort {
  /** Called when a span starts that is recorded. */
  onStart(span: never, parentContext: never): void;
  /** Called when it has ended. */
  onEnd(span: never): void;
  /** Hands on what it still holds. */
  forceFlush(): Promise<void>;
  /** Stops for good. */
  shutdown(): Promise<void>;
}

/** What tracing starts with. The standard variables of OpenTelemetry stand in for what is left out. */
export interface TelemetryOptions {
  /** `false` starts nothing. @defaultValue true, unless `OTEL_SDK_DISABLED=true` */
  readonly enabled?: boolean;
  /** `service.name`. @defaultValue `OTEL_SERVICE_NAME`, else `service.name` of `OTEL_RESOURCE_ATTRIBUTES`, else `unknown_service:node` */
  readonly serviceName?: string;
  /** `service.version`. @defaultValue that of `OTEL_RESOURCE_ATTRIBUTES` */
  readonly serviceVersion?: string;
  /** `deployment.environment.name`. @defaultValue that of `OTEL_RESOURCE_ATTRIBUTES` */
  readonly environment?: string;
  /** More attributes of the resource, by name. @defaultValue those of `OTEL_RESOURCE_ATTRIBUTES` */
  readonly labels?: Readonly<Record<string, string | number | boolean>>;
  /** What the resource says about where the process runs. @defaultValue both `true` */
  readonly detectors?: DetectorOptions;
  /** Where spans go. @defaultValue `OTEL_TRACES_EXPORTER`, else `otlp` */
  readonly exporter?: ExporterOptions | readonly ExporterOptions[];
  /** Which spans are kept. @defaultValue `OTEL_TRACES_SAMPLER`, else parent-based with root `always` */
  readonly sampler?: SamplerOptions;
  /**
   * Exports spans that were not sampled as well when they end with status ERROR. Every span is recorded for that, at the
   * price of a sampled one. It holds within this process and span by span: the parents and siblings of the failed span
   * stay out unless they fail too, and other processes are told that the trace is not sampled.
   *
   * @defaultValue false
   */
  readonly keepErrors?: boolean;
  /** The formats that bring a trace from process to process. @defaultValue `OTEL_PROPAGATORS`, else both */
  readonly propagators?: readonly PropagatorName[];
  /** How finished spans wait for their export. @defaultValue the `OTEL_BSP_…` variables, else those of {@link BatchOptions} */
  readonly batch?: BatchOptions;
  /** More processors; they get to see every recorded span, before any exporter. @defaultValue none */
  readonly spanProcessors?: readonly SpanProcessorPort[];
  /**
   * Keeps the last finished traces of this process in memory to be looked at, within limits; `true` for the default
   * ones. The module makes the store injectable as `TRACE_STORE`.
   *
   * @defaultValue false
   */
  readonly traceStore?: boolean | InMemoryTraceStoreOptions;
  /** How long `flush()` and `shutdown()` take at most, in milliseconds. @defaultValue 5000 */
  readonly shutdownTimeoutMs?: number;
  /** Takes warnings, each kind at most once a minute. @defaultValue `process.emitWarning` */
  readonly warn?: (message: string) => void;
  /** Times exports and warnings. @defaultValue the clock of the process */
  readonly clock?: Clock;
}
