import type { MetricType } from '../../metrics/definition/metric-definition.js';
import type { ExporterCounters } from '../../tracing/start-up/telemetry-report.js';

/** Diagnosis of a metric. */
export interface MetricDiagnosis {
  /** Full name. */
  readonly name: string;
  /** False for a catalogue metric that is switched off. */
  readonly registered: boolean;
  /** Type of the metric. */
  readonly type: MetricType;
  /** Number of series, including `__other__`; a metric with 0 is absent from every export. */
  readonly series: number;
  /** True if any value is not 0. */
  readonly recorded: boolean;
  /** Series lookups that a limit redirected to `__other__`. */
  readonly folded: number;
  /** Reasons for missing values, as sentences; empty without any. */
  readonly reasons: readonly string[];
}

/** Diagnosis of an exporter. */
export interface ExporterDiagnosis {
  /** Name in `eventcore_observability_exports_total`. */
  readonly name: string;
  /** Exports accepted by the target; scrapes for Prometheus. */
  readonly successes: number;
  /** Failed exports. */
  readonly failures: number;
  /** Time of the last success as an ISO date; absent without one. */
  readonly lastSuccessAt?: string;
  /** Time of the last failure as an ISO date; absent without one. */
  readonly lastFailureAt?: string;
  /** Name and code of the last error, never its message. */
  readonly lastError?: string;
}

/** Diagnosis of the spans of one kind. */
export interface SpanKindDiagnosis {
  /** Kind of the handlers (`command`, `query`, `projection`), `event_store` or `http`. */
  readonly kind: string;
  /** Number of handlers found; absent for a source without handlers. */
  readonly handlers?: number;
  /** Handlers with `span: false`. */
  readonly withoutSpan?: readonly string[];
  /** Reasons for missing spans, as sentences; empty without any. */
  readonly reasons: readonly string[];
}

/** Diagnosis of spans. */
export interface SpanDiagnosis {
  /** True if a span of a handler can be recorded now, as far as it is detectable. */
  readonly recording: boolean;
  /** Class of the registered tracer provider; absent without one. */
  readonly provider?: string;
  /** Description that its sampler returns, if accessible. */
  readonly sampler?: string;
  /** Span counters of each exporter that `startTelemetry` has started. */
  readonly exporters: readonly ExporterCounters[];
  /** Diagnoses by source of spans. */
  readonly kinds: readonly SpanKindDiagnosis[];
}

/** Decorated method. */
export interface HandlerDiagnosis {
  /** Kind of the handler: `command`, `query` or `projection`; `event_store` for an operation. */
  readonly kind: string;
  /** Class and method name. */
  readonly method: string;
  /** Name under which the handler reports; absent for one that does not report. */
  readonly name?: string;
  /** Reason why the handler does not report; absent for one that does. */
  readonly unbound?: string;
}

/** Endpoint of the library, and the component that answers its path. */
export interface EndpointDiagnosis {
  /** Purpose of the endpoint. */
  readonly purpose: 'metrics' | 'health' | 'diagnosis';
  /** Path with the global prefix. */
  readonly path: string;
  /** `application` if a route of the application has the same path, else `library`. */
  readonly answeredBy: 'library' | 'application';
  /** Separate port; absent for an endpoint on the application's port. */
  readonly port?: number;
}

/** Fault inside the library. */
export interface FaultDiagnosis {
  /** Failed component, as in `eventcore_observability_errors_total`; `cardinality` for a series limit. */
  readonly component: string;
  /** Stable code, explained by `observability explain`. */
  readonly code: string;
  /** Usual cause. */
  readonly cause: string;
  /** Suggested fix. */
  readonly remedy: string;
  /** Number of faults. */
  readonly count: number;
  /** Name and code of the last error, never its message; the metric for a series limit. */
  readonly lastError: string;
  /** Time of the last fault as an ISO date; absent where it is not recorded. */
  readonly lastAt?: string;
}

/** Diagnosis of metrics and spans. It is serializable as JSON and contains no secrets. */
export interface Diagnosis {
  /** False if recording is disabled. */
  readonly enabled: boolean;
  /** Number of series of all metrics, and its limit. */
  readonly series: { readonly used: number; readonly limit: number };
  /** All metrics: those of the catalogue first, then custom ones. */
  readonly metrics: readonly MetricDiagnosis[];
  /** Targets of the metrics. */
  readonly exporters: readonly ExporterDiagnosis[];
  /** Endpoints that the options switch on; those on the application's port once it has bootstrapped. */
  readonly endpoints: readonly EndpointDiagnosis[];
  /** Spans of handlers, operations and requests. */
  readonly spans: SpanDiagnosis;
  /** Handlers of the application, and decorated methods outside it. */
  readonly handlers: readonly HandlerDiagnosis[];
  /** Faults inside the library. */
  readonly faults: readonly FaultDiagnosis[];
  /**
   * Loaded copies of this package. Decorators and running calls of a copy with `shared` report to this application; those
   * of a copy with an incompatible version do not.
   */
  readonly copies: readonly {
    /** Folder of the package, or the bundle that contains it. */
    readonly path: string;
    readonly version: string;
    readonly shared: boolean;
  }[];
  /**
   * Options and recordings without an effect, and what a started application lacks: endpoints, Terminus, shutdown hooks.
   * Each names the remedy.
   */
  readonly hints: readonly string[];
}

/** Explanation of one metric, span or handler. */
export interface Explanation {
  /** Requested name. */
  readonly name: string;
  /** Kind of the name. */
  readonly kind: 'metric' | 'span' | 'handler' | 'unknown';
  /** True for a metric with values or a recorded span. */
  readonly appears: boolean;
  /** Causes and remedies as sentences. */
  readonly reasons: readonly string[];
  /** Known names similar to an unknown one. */
  readonly suggestions: readonly string[];
}
