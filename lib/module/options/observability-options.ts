import type { CanActivate, InjectionToken, ModuleMetadata, Type } from '@nestjs/common';
import type { DrainOptions } from '../../shutdown/in-flight-work.js';
import type { DialectName } from '../../exporters/prometheus/dialects/dialects.js';
import type { HealthCheckOptions, HealthDetails } from '../../health/health-check-options.js';
import type { ClusterOptions } from '../../cluster/member-options.js';
import type { HandlerLabels } from '../../instrumentation/binding/labelled-handler.js';
import type { CqrsOptions } from '../../integrations/cqrs/cqrs-options.js';
import type { Clock } from '../../kernel/clock.js';
import type { ErrorRules } from '../../kernel/error-classification.js';
import type { MetricCardinality } from '../../metrics/cardinality/cardinality.js';
import type { LabelRules } from '../../metrics/cardinality/label-rules.js';
import type { MetricsExporter } from '../../exporters/port/metrics-exporter.js';
import type { DiscoveryOptions } from '../../resources/observed-resources.js';
import type { TraceStore } from '../../tracing/store/trace-store.js';

/** Options that may come from a factory. Every default suits production. */
export interface ObservabilityOptions extends ErrorRules {
  /** `false`: nothing is recorded and `/metrics` is not served; `/health` stays, as probes depend on it. @defaultValue true */
  readonly enabled?: boolean;
  /** First word of all metric names of the library. @defaultValue 'eventcore' */
  readonly namespace?: string;
  /** Global label `service`. @defaultValue no label */
  readonly serviceName?: string;
  /** Version that `/health` reports. @defaultValue `npm_package_version` of the environment, else 'unknown' */
  readonly serviceVersion?: string;
  /** Global label `environment`. @defaultValue no label */
  readonly environment?: string;
  /** Further global labels. @defaultValue none */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Labels that command and query metrics carry, each with the values it can have; decorators compute them in `labels`.
   * At most 1000 combinations. @defaultValue none
   */
  readonly handlerLabels?: HandlerLabels;
  /** Bounds on the number of series. */
  readonly cardinality?: CardinalityOptions;
  /** Spans of handlers; `false` for none. @defaultValue spans, when an OpenTelemetry SDK is registered */
  readonly tracing?: TracingOptions | false;
  /**
   * Connection pools found among the application's providers; `false` for none but those registered by hand.
   * @defaultValue those of `pg`, `mysql2`, TypeORM, Knex and MikroORM
   */
  readonly pools?: DiscoveryOptions | false;
  /**
   * Circuit breakers found among the application's providers; `false` for none but those registered by hand.
   * @defaultValue those of `opossum` and `cockatiel`
   */
  readonly circuitBreakers?: DiscoveryOptions | false;
  /**
   * Which handlers of `@nestjs/cqrs` are observed without a decorator; `false` for none. @defaultValue all, when the
   * package is installed
   */
  readonly cqrs?: CqrsOptions | false;
  /** Metrics of HTTP requests; `false` for none. @defaultValue every request, except for those of the library's endpoints */
  readonly http?: HttpMetricsOptions | false;
  /** How far projections are, and who tells. @defaultValue nobody but their handlers */
  readonly projections?: ProjectionsOptions;
  /**
   * Further targets of the metrics, such as `otlp()` or `statsd()`. Those that send make a last export when the
   * application ends, within 5 seconds. @defaultValue none
   */
  readonly exporters?: readonly MetricsExporter[];
  /**
   * Whether the metrics of this application are put together with those of other workers of `node:cluster`, or other
   * threads: `/metrics` then shows all of them. The primary calls `aggregateCluster()`, the main thread
   * `aggregateThreads()`. @defaultValue false
   */
  readonly cluster?: boolean | ClusterOptions;
  /** How the application ends; `false` waits for nothing. @defaultValue what is under way finishes, within 10 s */
  readonly drain?: DrainOptions | false;
  /**
   * Logs, at debug level of Nest's logger, which handlers are bound, how exports end and what is folded; at most 1000 lines
   * a minute. @defaultValue when the environment variable `DEBUG` names `eventcore:*` or a topic of it
   */
  readonly debug?: boolean;
  /** Source of time; for tests. @defaultValue the clock of the process */
  readonly clock?: Clock;
}

/** Spans of handlers. */
export interface TracingOptions {
  /**
   * Age in milliseconds from which an event is handled in a trace that is linked to its producer's, 0 or more; 0 links
   * always. @defaultValue 120000
   */
  readonly ageLimitMs?: number;
  /** Links of one span, 0 to 128; an attribute tells how many were left out. @defaultValue 128 */
  readonly linkLimit?: number;
  /**
   * Where `TRACE_STORE` looks traces up: a `JaegerTraceStore`, a `TempoTraceStore`, or one of your own.
   * @defaultValue the one in memory that `startTelemetry` was asked for
   */
  readonly store?: TraceStore;
}

/**
 * Metrics of HTTP requests. The label `endpoint` is the template of the route, never the path; `unmatched` is what no
 * route answered: an unknown path, or a middleware in front of the routes, whether or not the path has a route.
 */
export interface HttpMetricsOptions {
  /**
   * Endpoints without metrics: route templates with the global prefix, or everything below a path, as in `/internal/*`.
   * The endpoints of the library never have any. @defaultValue none
   */
  readonly exclude?: readonly string[];
  /** Upper bounds of `request_duration_seconds`, above 0 and ascending, in seconds. @defaultValue 1 ms to 10 s */
  readonly buckets?: readonly number[];
}

/** How far projections are, and who tells. */
export interface ProjectionsOptions {
  /** Milliseconds between two observations, above 0; after three without an answer lag is unknown. @defaultValue 5000 */
  readonly periodMs?: number;
  /** Milliseconds that a source has for an answer, above 0. @defaultValue 3000 */
  readonly timeoutMs?: number;
  /** Token of the `HeadSource` of projections that name none. @defaultValue none */
  readonly head?: InjectionToken;
  /** Token of the `CheckpointSource` of projections that name none. @defaultValue none */
  readonly checkpoint?: InjectionToken;
  /**
   * Milliseconds without an event after which a projection without a head source counts as having applied all, above 0.
   *
   * @defaultValue 60000
   */
  readonly idleAfterMs?: number;
  /** Milliseconds behind at one checkpoint, or without a poll, after which a projection is stalled, above 0. @defaultValue 60000 */
  readonly stalledAfterMs?: number;
}

/** Bounds on the number of series. */
export interface CardinalityOptions {
  /** Series per metric before further ones fold into `__other__`, 1 to 1,000,000. @defaultValue 1000 */
  readonly seriesLimit?: number;
  /**
   * Series of all metrics together before further ones fold, 1 to 10,000,000. The series `__other__` and those of closed
   * lists that the library makes itself are counted and never turned away. @defaultValue 100000, or the highest limit of
   * one metric when that is more
   */
  readonly totalSeriesLimit?: number;
  /** Bounds of single metrics by their full names; a number is a series limit. @defaultValue none */
  readonly perMetric?: Readonly<Record<string, number | MetricCardinality>>;
  /** Which values labels can have, by label name, in all metrics but the closed lists of the library. @defaultValue any */
  readonly labels?: LabelRules;
}

/** Options that shape the module itself: they are given to `forRoot` and `forRootAsync` directly, never by a factory. */
export interface ObservabilityModuleExtras {
  /** Makes {@link ObservabilityService} injectable everywhere. @defaultValue false */
  readonly isGlobal?: boolean;
  /** The metrics endpoint; `false` for none. @defaultValue `GET /metrics` */
  readonly prometheus?: PrometheusOptions | false;
  /** The health endpoints; `false` for none. @defaultValue `GET /health`, `/health/live`, `/health/ready` */
  readonly health?: HealthOptions | false;
}

/** The metrics endpoint. */
export interface PrometheusOptions {
  /** Path of the endpoint. @defaultValue '/metrics' */
  readonly path?: string;
  /** Guards on the endpoint. @defaultValue none but the application's global ones */
  readonly guards?: readonly Type<CanActivate>[];
  /** Modules whose exports the guards or the controller inject. @defaultValue none */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  /** Controller to mount in place of the library's; extend `MetricsController`. */
  readonly controller?: Type;
  /** Serves the endpoint on a port of its own and not in the application, 0 to 65535; 0 is any free port. */
  readonly port?: number;
  /** Address that the port is bound to. @defaultValue all interfaces */
  readonly host?: string;
  /** Serves the endpoint outside the application's global prefix. @defaultValue false */
  readonly excludeFromGlobalPrefix?: boolean;
  /** Collects prom-client's default metrics of the process, when prom-client is installed. @defaultValue true */
  readonly defaultMetrics?: boolean;
  /** Shows, in OpenMetrics, the most recent sampled span of each bucket of a histogram. @defaultValue true */
  readonly exemplars?: boolean;
  /** Shows, in OpenMetrics, when each counter and histogram began to count: one more line for each. @defaultValue false */
  readonly created?: boolean;
  /**
   * Shows metrics of the catalogue under their names in other systems, too: `'eventcore-0.1'`, `'eventflux'`. It costs
   * scrapes something and recording nothing. @defaultValue none
   */
  readonly dialects?: readonly DialectName[];
  /**
   * Shows the library's metrics in prom-client's own `register` too: for a Pushgateway, or its `AggregatorRegistry`.
   * Needs prom-client. @defaultValue false
   */
  readonly register?: boolean;
}

/** The health endpoints. */
export interface HealthOptions {
  /** Path of the endpoint with everything; `/live` and `/ready` are below it. @defaultValue '/health' */
  readonly path?: string;
  /** Serves `/live` and `/ready` as well. @defaultValue true */
  readonly aliases?: boolean;
  /** Serves the endpoints outside the application's global prefix. @defaultValue false */
  readonly excludeFromGlobalPrefix?: boolean;
  /** Share of the heap limit above which memory is degraded, 0 to 1. @defaultValue 0.9 */
  readonly maxHeapRatio?: number;
  /** 99th percentile of the event loop's delay above which it is degraded, in milliseconds. @defaultValue 1000 */
  readonly maxEventLoopDelayMs?: number;
  /** Failed share of the last minute's commands above which they are degraded, 0 to 1. @defaultValue 0.5 */
  readonly maxCommandErrorRatio?: number;
  /** Lag above which projections are degraded, in seconds above 0; stalled ones always are. @defaultValue no limit */
  readonly maxProjectionLagSeconds?: number;
  /** Checks of the application's own. Providers declare theirs with `@ObservedCheck`. @defaultValue none */
  readonly checks?: readonly HealthCheckOptions[];
  /**
   * Members of groups by their names: further ones of `live`, `ready` and `startup`, and those of groups of the
   * application's own, each at its name below `path`. @defaultValue none
   */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Who sees more than the status. @defaultValue 'always' */
  readonly details?: HealthDetails;
  /** Whether readiness waits until every projection with a source has caught up once. @defaultValue false */
  readonly readyAfterCatchUp?: boolean;
}
