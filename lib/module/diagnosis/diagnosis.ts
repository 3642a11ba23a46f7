import type { MetricType } from '../../metrics/definition/metric-definition.js';
import type { ExporterCounters } from '../../tracing/start-up/telemetry-report.js';

/** Why a metric is as it is. */
export interface MetricDiagnosis {
  /** Full name. */
  readonly name: string;
  /** Whether it exists; a metric of the catalogue may be switched off. */
  readonly registered: boolean;
  /** What it is. */
  readonly type: MetricType;
  /** Series kept, `__other__` included; 0 is absent from every export. */
  readonly series: number;
  /** Whether any of its numbers is not 0. */
  readonly recorded: boolean;
  /** Look-ups that a limit turned to `__other__`. */
  readonly folded: number;
  /** What keeps it from showing more, in sentences; empty when nothing does. */
  readonly reasons: readonly string[];
}

/** How an exporter fares. */
export interface ExporterDiagnosis {
  /** Its name in `eventcore_observability_exports_total`. */
  readonly name: string;
  /** Exports that the target took; for Prometheus, scrapes. */
  readonly successes: number;
  /** Exports that failed. */
  readonly failures: number;
  /** When the last one succeeded, as an ISO date; absent when none has. */
  readonly lastSuccessAt?: string;
  /** When the last one failed, as an ISO date; absent when none has. */
  readonly lastFailureAt?: string;
  /** Name and code of the last error, never its message. */
  readonly lastError?: string;
}

/** Why spans of one kind are there or not. */
export interface SpanKindDiagnosis {
  /** Kind of the handlers (`command`, `query`, `projection`), `event_store` or `http`. */
  readonly kind: string;
  /** Handlers that were found; absent where there are none to find. */
  readonly handlers?: number;
  /** Those of them that have `span: false`. */
  readonly withoutSpan?: readonly string[];
  /** What keeps spans from appearing, in sentences; empty when nothing does. */
  readonly reasons: readonly string[];
}

/** Why there are spans, or none. */
export interface SpanDiagnosis {
  /** Whether a span of a handler could be recorded now, as far as anybody can tell. */
  readonly recording: boolean;
  /** Class of the tracer provider that is registered; absent for none. */
  readonly provider?: string;
  /** What its sampler says of itself, when that can be seen. */
  readonly sampler?: string;
  /** What became of the spans for each exporter that `startTelemetry` started. */
  readonly exporters: readonly ExporterCounters[];
  /** By what the spans are of. */
  readonly kinds: readonly SpanKindDiagnosis[];
}

/** A decorated method. */
export interface HandlerDiagnosis {
  /** Kind of the handler: `command`, `query` or `projection`; `event_store` for an operation. */
  readonly kind: string;
  /** Class and method. */
  readonly method: string;
  /** Name under which it reports; absent for one that does not. */
  readonly name?: string;
  /** Why it reports nothing; absent for one that does. */
  readonly unbound?: string;
}

/** A fault inside the library. */
export interface FaultDiagnosis {
  /** Which part failed, as in `eventcore_observability_errors_total`. */
  readonly component: string;
  /** How often. */
  readonly count: number;
  /** Name and code of the last error, never its message. */
  readonly lastError: string;
  /** When, as an ISO date. */
  readonly lastAt: string;
}

/** Why metrics and spans appear, or do not. It can be written as JSON and holds no secrets. */
export interface Diagnosis {
  /** Whether anything is recorded. */
  readonly enabled: boolean;
  /** Series of all metrics, and how many there may be. */
  readonly series: { readonly used: number; readonly limit: number };
  /** All metrics: those of the catalogue first, then the application's own. */
  readonly metrics: readonly MetricDiagnosis[];
  /** Where metrics go. */
  readonly exporters: readonly ExporterDiagnosis[];
  /** Spans of handlers, operations and requests. */
  readonly spans: SpanDiagnosis;
  /** Decorated and discovered handlers, and decorated methods that are no part of the application. */
  readonly handlers: readonly HandlerDiagnosis[];
  /** What failed inside the library. */
  readonly faults: readonly FaultDiagnosis[];
  /** Options without an effect. */
  readonly hints: readonly string[];
}

/** Why one metric or span does not appear. */
export interface Explanation {
  /** What was asked for. */
  readonly name: string;
  /** What it is. */
  readonly kind: 'metric' | 'span' | 'handler' | 'unknown';
  /** Whether it is there with numbers, or is recorded. */
  readonly appears: boolean;
  /** Causes and remedies, in sentences. */
  readonly reasons: readonly string[];
  /** Known names that are nearest to one that is not. */
  readonly suggestions: readonly string[];
}
