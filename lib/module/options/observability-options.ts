import * as v from 'valibot';
import { catalogue } from '../../metrics/catalogue/catalogue.js';
import type { Clock } from '../../kernel/clock.js';
import type { ErrorRules } from '../../kernel/errors/error-classification.js';
import { type ClusterOptions, clusterOptions } from '../../cluster/member-options.js';
import { exporterList } from '../../exporters/port/exporter-options.js';
import type { MetricsExporter } from '../../exporters/port/metrics-exporter.js';
import { type HealthOptions, healthOptions } from '../../health/health-options.js';
import { type HttpMetricsOptions, httpMetricsOptions } from '../../http/http-metrics-options.js';
import type { HandlerLabels } from '../../instrumentation/binding/labelled-handler.js';
import { type CqrsOptions, cqrsOptions } from '../../integrations/cqrs/cqrs-options.js';
import { type JobsOptions, jobsOptions } from '../../jobs/jobs-options.js';
import { graphqlOptions } from '../../integrations/graphql/graphql-options.js';
import { outboundOptions } from '../../integrations/outbound-http/outbound-options.js';
import { messagesOptions } from '../../messages/messages-options.js';
import {
  type CardinalityOptions,
  cardinalityOptions,
} from '../../metrics/cardinality/cardinality-options.js';
import {
  type GroupCheck,
  list,
  type MembersOf,
  option,
  record,
} from '../../options/description.js';
import {
  callback,
  clock,
  flag,
  labelName,
  namespace,
  schemaOf,
  text,
} from '../../options/standard-options.js';
import { type ProjectionsOptions, projectionsOptions } from './projections-options.js';
import { type DiscoveryOptions, discoveryOptions } from '../../resources/discovery-options.js';
import { type DrainOptions, drainOptions } from '../../shutdown/drain-options.js';
import { type TracingOptions, tracingOptions } from '../../tracing/tracing-options.js';
import type { ObservabilityPlugin } from '../../plugins/plugin.js';
import { type DiagnosisOptions, diagnosisOptions } from './diagnosis-options.js';
import { type PrometheusOptions, prometheusOptions } from './prometheus-options.js';

/** Options that a factory may provide. All defaults suit production. */
export interface ObservabilityOptions extends ErrorRules {
  /**
   * `false` disables recording and `/metrics`. `/health` remains available, because probes depend
   * on it. @defaultValue true
   */
  readonly enabled?: boolean;
  /** First word of all metric names of the library. @defaultValue 'eventcore' */
  readonly namespace?: string;
  /** Global label `service`. @defaultValue no label */
  readonly serviceName?: string;
  /** Version that `/health` reports. @defaultValue that of the nearest package.json of the main file, else 'unknown' */
  readonly serviceVersion?: string;
  /** Global label `environment`. @defaultValue no label */
  readonly environment?: string;
  /** Further global labels. @defaultValue none */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Labels of command and query metrics, each with its possible values; decorators compute them in
   * `labels`. At most 1000 combinations. @defaultValue none
   */
  readonly handlerLabels?: HandlerLabels;
  /** Limits on the number of series. */
  readonly cardinality?: CardinalityOptions;
  /** Spans of handlers; `false` disables them. @defaultValue enabled if an OpenTelemetry SDK is registered */
  readonly tracing?: TracingOptions | false;
  /**
   * Discovery of connection pools among the application's providers; `false` disables it.
   * @defaultValue pools of `pg`, `mysql2`, TypeORM, Knex and MikroORM
   */
  readonly pools?: DiscoveryOptions | false;
  /**
   * Discovery of circuit breakers among the application's providers; `false` disables it.
   * @defaultValue circuit breakers of `opossum` and `cockatiel`
   */
  readonly circuitBreakers?: DiscoveryOptions | false;
  /**
   * Handlers of `@nestjs/cqrs` that are observed without a decorator; `false` disables it.
   * @defaultValue all, if the package is installed
   */
  readonly cqrs?: CqrsOptions | false;
  /**
   * Jobs of `@nestjs/schedule`, `@nestjs/bullmq` and `@nestjs/bull` that are observed without a decorator; `false`
   * disables it. @defaultValue all, if the packages are imported
   */
  readonly jobs?: JobsOptions | false;
  /**
   * Messages of microservices, WebSocket gateways and `@OnEvent` that are observed without a decorator; `false` disables
   * it. @defaultValue all, if the packages are used
   */
  readonly messages?:
    | {
        /** Patterns of messages that are not observed, on both sides. @defaultValue none */
        readonly exclude?: readonly string[];
      }
    | false;
  /** HTTP requests that the process sends; `false` disables it. @defaultValue all but those of the library itself */
  readonly outbound?:
    | {
        /** Origins that are not observed, such as `http://localhost:9200`. @defaultValue none */
        readonly exclude?: readonly string[];
      }
    | false;
  /** Operations of `@nestjs/graphql`; `false` disables it. @defaultValue all, if the application imports the package */
  readonly graphql?:
    | {
        /** Names of operations with series of their own; others are `__other__`. @defaultValue the first 100 */
        readonly operations?: readonly string[];
      }
    | false;
  /** HTTP request metrics; `false` disables them. @defaultValue all requests except those to the library's endpoints */
  readonly http?: HttpMetricsOptions | false;
  /** Observation of projection progress. @defaultValue progress reported by handlers only */
  readonly projections?: ProjectionsOptions;
  /**
   * Further targets of the metrics, such as `otlp()` or `statsd()`. Push exporters export a last
   * time at shutdown, within 5 seconds. @defaultValue none
   */
  readonly exporters?: readonly MetricsExporter[];
  /**
   * Aggregates the metrics of several `node:cluster` workers or threads on `/metrics`. The primary
   * calls `aggregateCluster()`, the main thread `aggregateThreads()`. @defaultValue false
   */
  readonly cluster?: boolean | ClusterOptions;
  /** Shutdown behaviour; `false` waits for nothing. @defaultValue in-flight work finishes within 10 s */
  readonly drain?: DrainOptions | false;
  /**
   * Logs bound handlers, exports and folded series at debug level of Nest's logger; at most 1000
   * lines a minute. @defaultValue enabled if the environment variable `DEBUG` names `eventcore:*`
   * or a topic of it
   */
  readonly debug?: boolean;
  /** Clock, for tests. @defaultValue the clock of the process */
  readonly clock?: Clock;
}

/** Options that shape the module. Pass them to `forRoot` or `forRootAsync` directly; a factory cannot provide them. */
export interface ObservabilityModuleExtras {
  /** Makes {@link ObservabilityService} injectable everywhere. @defaultValue false */
  readonly isGlobal?: boolean;
  /** Metrics endpoint; `false` disables it. @defaultValue `GET /metrics` */
  readonly prometheus?: PrometheusOptions | false;
  /** Diagnosis endpoint, for the command line; `false` disables it. @defaultValue false */
  readonly diagnosis?: DiagnosisOptions | false;
  /** Additional capabilities, each from its own entry. @defaultValue none */
  readonly plugins?: readonly ObservabilityPlugin[];
  /** Health endpoints; `false` disables them. @defaultValue `GET /health`, `/health/live`, `/health/ready` */
  readonly health?: HealthOptions | false;
}

const MAX_COMBINATIONS = 1000;
const catalogueLabels = new Set(
  catalogue.flatMap(({ metrics }) => metrics.flatMap(({ labels = [] }) => labels)),
);
// The metrics of usage have no handler labels, and in both places the application says who its tenants are.
catalogueLabels.delete('tenant');

const classRemedy = 'Pass the classes themselves.';
const errorClasses = list(callback(classRemedy, { rule: 'an error class' }), {
  rule: 'an array of error classes',
  remedy: classRemedy,
});
const handlerLabelsRemedy = "Pass something like { tenant: ['north', 'south'] }.";

/** Options that may come from a factory, by name. */
export const factoryMembers: MembersOf<ObservabilityOptions> = {
  enabled: flag(),
  namespace: namespace(),
  serviceName: text(),
  serviceVersion: text(),
  environment: text(),
  labels: record(
    { key: labelName(), value: text() },
    {
      rule: 'an object of texts by label name',
      remedy: "Pass something like { region: 'eu' }.",
    },
  ),
  handlerLabels: record(
    {
      key: option(
        v.pipe(
          schemaOf(labelName()),
          v.check((it) => !catalogueLabels.has(String(it))),
        ),
        {
          rule: `${labelName().rule}, and is not a label of the catalogue`,
          remedy: 'Rename the label.',
        },
      ),
      value: list(text(), {
        rule: 'an array of at least one text',
        remedy: 'List all values of the label.',
        atLeast: 1,
      }),
    },
    { rule: 'an object of value lists by label name', remedy: handlerLabelsRemedy },
  ),
  cardinality: cardinalityOptions,
  tracing: tracingOptions,
  pools: discoveryOptions,
  circuitBreakers: discoveryOptions,
  cqrs: cqrsOptions,
  jobs: jobsOptions,
  messages: messagesOptions,
  outbound: outboundOptions,
  graphql: graphqlOptions,
  http: httpMetricsOptions,
  projections: projectionsOptions,
  exporters: exporterList,
  cluster: clusterOptions,
  drain: drainOptions,
  debug: flag(),
  clock: clock(),
  rejections: errorClasses,
  failures: errorClasses,
  criticalErrors: errorClasses,
  errorCategory: callback('Pass (error) => category.'),
};

/** Options that shape the module, by name. */
export const extraMembers: MembersOf<ObservabilityModuleExtras> = {
  isGlobal: flag(),
  prometheus: prometheusOptions,
  diagnosis: diagnosisOptions,
  health: healthOptions,
  plugins: list(
    // Plugins are checked where they are put in order.
    option(() => true, { rule: 'a plugin', remedy: 'Pass something like dialects().' }),
    { rule: 'an array of plugins', remedy: 'Pass something like [dialects()].' },
  ),
};

/** Rules about several options that may come from a factory. */
export const factoryChecks: readonly GroupCheck[] = [
  {
    at: 'handlerLabels',
    rule: 'must have at most 1,000 combinations of values',
    remedy: 'List fewer values.',
    holds: ({ handlerLabels = {} }) =>
      combinations(handlerLabels as HandlerLabels) <= MAX_COMBINATIONS,
  },
];

function combinations(labels: HandlerLabels): number {
  return Object.values(labels).reduce((product, values) => product * values.length, 1);
}
