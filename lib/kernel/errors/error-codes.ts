/** Description of a code: of an error that is thrown or returned, or of a fault that is reported. */
export interface CodeDescription {
  /** Meaning, as one sentence. */
  readonly meaning: string;
  /** Usual cause, as one sentence. */
  readonly cause: string;
  /** Fix, as a sentence in the imperative. */
  readonly remedy: string;
  /** Page of the documentation, as a path in the package. */
  readonly page: string;
}

const OPTIONS_PAGE = 'docs/reference/options.md';
const DECORATORS_PAGE = 'docs/reference/decorators.md';
const CODES_PAGE = 'docs/reference/errors.md';
export const METRICS_PAGE = 'docs/guides/recording-by-hand.md';
const RESOURCES_PAGE = 'docs/guides/pools-and-circuit-breakers.md';
const EVENT_STORE_PAGE = 'docs/guides/event-store.md';
export const PROJECTIONS_PAGE = 'docs/guides/projections.md';
export const TRACING_PAGE = 'docs/guides/tracing.md';

/** Codes of `ConfigurationError`. */
export const configurationCodes = {
  OBS_OPTION_INVALID: {
    meaning: 'An option has an invalid value.',
    cause: 'The name of the option is misspelled, or its value breaks the rule in the message.',
    remedy: 'Follow the remedy in the message; it lists every invalid option.',
    page: OPTIONS_PAGE,
  },
  OBS_CONFIG_FILE: {
    meaning: 'A configuration file cannot be read.',
    cause:
      'The file is missing or not valid YAML, or a reference to a variable in it is malformed.',
    remedy: 'Correct the file at the place in the message.',
    page: 'docs/guides/configuration-file.md',
  },
  OBS_MODULE_DUPLICATE: {
    meaning: 'The module is imported more than once in one application.',
    cause: 'A feature module calls forRoot() as well as the root module.',
    remedy: 'Keep the import in the root module, with isGlobal: true if others inject from it.',
    page: CODES_PAGE,
  },
  OBS_HANDLER_TARGET: {
    meaning: 'A handler decorator is applied to something other than an instance method.',
    cause: 'The decorator is on a property, an accessor or a static method.',
    remedy: 'Move the decorator to a method of a provider or controller.',
    page: DECORATORS_PAGE,
  },
  OBS_HANDLER_OPTION: {
    meaning: 'An option of a handler decorator has an invalid value.',
    cause: 'The name of the option is misspelled, or its value breaks the rule in the message.',
    remedy: 'Follow the remedy in the message.',
    page: DECORATORS_PAGE,
  },
  OBS_HANDLER_DUPLICATE: {
    meaning: 'Two handlers use the same name.',
    cause: 'Two methods of one kind have the same name, or the same option name.',
    remedy: 'Give one of them another name in its decorator.',
    page: DECORATORS_PAGE,
  },
  OBS_METRIC_INVALID: {
    meaning: 'A metric definition violates a naming or bucket rule.',
    cause: 'The name, a label name or a bucket bound is not one that Prometheus accepts.',
    remedy: 'Follow the remedy in the message; lintMetrics() checks definitions in a unit test.',
    page: METRICS_PAGE,
  },
  OBS_METRIC_CONFLICT: {
    meaning:
      'A metric name is already registered with another type, unit, label set or bucket list.',
    cause: 'Two places of the application define one metric differently.',
    remedy: 'Define the metric once and share the definition, or rename one of the two.',
    page: METRICS_PAGE,
  },
  OBS_METRIC_DUPLICATE: {
    meaning: 'A metric name exists both in the module and in the prom-client registry.',
    cause: 'prom-client, an OpenTelemetry meter or an alias defines a metric of the same name.',
    remedy: 'Rename one of the two, or remove the older one.',
    page: CODES_PAGE,
  },
  OBS_SOURCE_INVALID: {
    meaning: 'A registered connection pool or circuit breaker cannot be observed.',
    cause: 'The object is of an unknown make, or lacks a required function.',
    remedy: 'Register an adapter with the functions that the message names.',
    page: RESOURCES_PAGE,
  },
  OBS_SOURCE_DUPLICATE: {
    meaning: 'Two connection pools or two circuit breakers use the same name.',
    cause: 'Two of them are registered under one name.',
    remedy: 'Register them under different names.',
    page: RESOURCES_PAGE,
  },
  OBS_ENDPOINT_TAKEN: {
    meaning: 'The path or port of an endpoint is already in use.',
    cause: 'A route of the application, another endpoint or another process has it.',
    remedy: 'Choose another path or port in the options of the endpoint.',
    page: OPTIONS_PAGE,
  },
  OBS_EVENT_STORE_ADAPTER: {
    meaning: 'An event store adapter or one of its options is invalid.',
    cause: 'The adapter lacks a function, or describes an operation in an unknown way.',
    remedy: 'Follow the remedy in the message.',
    page: EVENT_STORE_PAGE,
  },
  OBS_EVENT_STORE_METHOD: {
    meaning: 'An adapter names a method that the event store does not have.',
    cause: 'The adapter is for another version of the store, or a name is misspelled.',
    remedy: 'Name a method of the store, or remove it from the adapter.',
    page: EVENT_STORE_PAGE,
  },
  OBS_HEALTH_CHECK: {
    meaning: 'A health check or a group of health checks is invalid.',
    cause: 'Two checks share a name, a group names an unknown check, or a check has no function.',
    remedy: 'Follow the remedy in the message.',
    page: 'docs/guides/health.md',
  },
  OBS_PEER_MISSING: {
    meaning: 'An option requires a package that is not installed.',
    cause: 'The package is an optional peer dependency and absent, or a bundle left it out.',
    remedy: 'Install the package that the message names, or remove the option.',
    page: OPTIONS_PAGE,
  },
} as const satisfies Readonly<Record<string, CodeDescription>>;

/** Codes of `ProjectionWaitError`. */
export const projectionWaitCodes = {
  OBS_WAIT_TIMEOUT: {
    meaning: 'The projection did not apply the position within the time limit.',
    cause: 'The projection lags behind, or has stopped.',
    remedy: 'Check the lag of the projection, or raise timeoutMs.',
    page: PROJECTIONS_PAGE,
  },
  OBS_WAIT_LIMIT: {
    meaning: 'Too many callers are already waiting for projection positions.',
    cause: 'The projection is slower than the requests that wait for it.',
    remedy: 'Shorten timeoutMs, or answer without waiting.',
    page: PROJECTIONS_PAGE,
  },
  OBS_WAIT_STOPPED: {
    meaning: 'The application is shutting down.',
    cause: 'The wait was open when the shutdown began, or began after it.',
    remedy: 'Answer the request as unavailable, so that the client repeats it.',
    page: PROJECTIONS_PAGE,
  },
} as const satisfies Readonly<Record<string, CodeDescription>>;

/** Codes of `TraceStoreError`. */
export const traceStoreCodes = {
  OBS_TRACE_QUERY_INVALID: {
    meaning: 'A trace id or a trace query breaks a rule.',
    cause: 'The id is not 32 hexadecimal digits, or the query has an invalid range or limit.',
    remedy: 'Correct the query as the message says.',
    page: TRACING_PAGE,
  },
  OBS_TRACE_STORE_MISSING: {
    meaning: 'The application has not chosen a trace store.',
    cause: 'The token of the trace store has no provider.',
    remedy: 'Provide a Jaeger or Tempo store.',
    page: TRACING_PAGE,
  },
  OBS_TRACE_STORE_TIMEOUT: {
    meaning: 'The tracing backend did not answer in time.',
    cause: 'The backend is overloaded, or a firewall drops the packets.',
    remedy: 'Narrow the query, or raise timeoutMs.',
    page: TRACING_PAGE,
  },
  OBS_TRACE_STORE_UNREACHABLE: {
    meaning: 'The connection to the tracing backend failed.',
    cause: 'The backend is down, or the address is wrong.',
    remedy: 'Start the backend, or correct the address of the store.',
    page: TRACING_PAGE,
  },
  OBS_TRACE_STORE_STATUS: {
    meaning: 'The tracing backend answered with an HTTP status of failure.',
    cause: 'The address belongs to another service, credentials are missing, or the backend fails.',
    remedy: 'Check the address and headers of the store, and the log of the backend.',
    page: TRACING_PAGE,
  },
  OBS_TRACE_STORE_TOO_LARGE: {
    meaning: 'The answer of the tracing backend is larger than allowed.',
    cause: 'The trace or the result has more spans than the store accepts.',
    remedy: 'Narrow the query.',
    page: TRACING_PAGE,
  },
  OBS_TRACE_STORE_MALFORMED: {
    meaning: 'The answer of the tracing backend is not what its API promises.',
    cause: 'The address belongs to another service, or to an unsupported version.',
    remedy: 'Check the address and version of the backend.',
    page: TRACING_PAGE,
  },
} as const satisfies Readonly<Record<string, CodeDescription>>;

/** Codes of `QueryError`. */
export const queryCodes = {
  OBS_QUERY_SYNTAX: {
    meaning: 'A query is not valid PromQL.',
    cause: 'The query is misspelled, or an operand or argument has the wrong type.',
    remedy: 'Correct the query at the position in the message.',
    page: CODES_PAGE,
  },
  OBS_QUERY_PARAMETER: {
    meaning: 'A parameter of a query has an invalid value.',
    cause: 'A time, a step or a matcher is missing or malformed.',
    remedy: 'Correct the parameter as the message says.',
    page: CODES_PAGE,
  },
  OBS_QUERY_FAILED: {
    meaning: 'A query cannot be evaluated on these series.',
    cause: 'Two series match one, or a result would contain one label set twice.',
    remedy: 'Add a matching clause such as on(…) group_left(…), or aggregate first.',
    page: CODES_PAGE,
  },
  OBS_QUERY_LIMIT: {
    meaning: 'A query is larger than a limit allows.',
    cause: 'The query reads too many series or samples, has too many steps, or is too long.',
    remedy: 'Narrow the query, shorten its range, or raise the limit in the message.',
    page: CODES_PAGE,
  },
  OBS_QUERY_TIMEOUT: {
    meaning: 'A query took longer than allowed.',
    cause: 'The query reads much history, or the process is busy.',
    remedy: 'Narrow the query, or raise the time limit.',
    page: CODES_PAGE,
  },
} as const satisfies Readonly<Record<string, CodeDescription>>;

/** Returns the meanings of codes. */
export function meaningsOf<C extends string>(
  codes: Readonly<Record<C, CodeDescription>>,
): Readonly<Record<C, string>> {
  const entries = Object.entries<CodeDescription>(codes).map(([code, it]) => [code, it.meaning]);
  return Object.fromEntries(entries) as Record<C, string>;
}
