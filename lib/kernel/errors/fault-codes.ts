import {
  type CodeDescription,
  METRICS_PAGE,
  PROJECTIONS_PAGE,
  TRACING_PAGE,
} from './error-codes.js';

const TROUBLESHOOTING_PAGE = 'docs/guides/troubleshooting.md';
const EXPORTERS_PAGE = 'docs/guides/exporters.md';
const LOGGING_PAGE = 'docs/guides/logging.md';

/** Codes of faults at run time. */
export const faultCodes = {
  OBS_EXPORTER_UNREACHABLE: {
    meaning: 'An exporter cannot connect to its target.',
    cause: 'The target is down, its address is wrong, or a firewall refuses the connection.',
    remedy: 'Start the target, or correct the address in the options of the exporter.',
    page: EXPORTERS_PAGE,
  },
  OBS_EXPORTER_FAILED: {
    meaning: 'An export of metrics failed.',
    cause: 'The target refused the data, or did not answer within timeoutMs.',
    remedy: 'Check the log of the target, and the credentials and timeoutMs of the exporter.',
    page: EXPORTERS_PAGE,
  },
  OBS_SPAN_EXPORT_FAILED: {
    meaning: 'Spans are lost.',
    cause: 'The receiver is unreachable or refuses spans, or the queue is full.',
    remedy: 'Start the receiver, correct its endpoint, or sample fewer traces.',
    page: TRACING_PAGE,
  },
  OBS_LOG_SINK_UNAVAILABLE: {
    meaning: 'A log sink cannot deliver its lines.',
    cause: 'The log store is down or refuses the lines, or the file or stream is not writable.',
    remedy: 'Start the log store, or correct the address, credentials or path of the sink.',
    page: LOGGING_PAGE,
  },
  OBS_LOG_SINK_FULL: {
    meaning: 'A log sink has no space left.',
    cause: 'The disk or the quota of the log file is full.',
    remedy: 'Free space, or lower maxBytes and maxFiles of the sink; lines are written again then.',
    page: LOGGING_PAGE,
  },
  OBS_PROGRESS_SOURCE_UNAVAILABLE: {
    meaning: 'A head or checkpoint source gives no valid answer, so the lag is absent.',
    cause: 'Its database or broker is down, the query fails, or the answer is of the wrong type.',
    remedy: 'Restore the source; the lag appears again with its next answer.',
    page: PROJECTIONS_PAGE,
  },
  OBS_RESOURCE_UNREADABLE: {
    meaning: 'A connection pool or circuit breaker cannot be read.',
    cause: 'A function or event of it throws.',
    remedy: 'Check the version of its package, or register an adapter of your own.',
    page: 'docs/guides/pools-and-circuit-breakers.md',
  },
  OBS_EVENT_STORE_UNREADABLE: {
    meaning: 'An event store cannot be observed completely.',
    cause: 'The store or a function of its adapter throws, or its database is down.',
    remedy: 'Restore the database, or correct the adapter.',
    page: 'docs/guides/event-store.md',
  },
  OBS_SERIES_LIMIT: {
    meaning: 'A metric has reached a series limit; further label sets are recorded as __other__.',
    cause: 'A label has more values than the limit allows, such as identifiers.',
    remedy:
      'Give its labels fewer values with cardinality.labels, or raise cardinality.seriesLimit.',
    page: 'docs/guides/cardinality.md',
  },
  OBS_OBSERVATION_REFUSED: {
    meaning: 'A value cannot be recorded.',
    cause: 'The value is not finite, decreases a counter, or the label is not one of the metric.',
    remedy: 'Correct the call that the message describes.',
    page: METRICS_PAGE,
  },
  OBS_LABELS_INVALID: {
    meaning: 'The labels of a call cannot be computed.',
    cause: 'A function in the option labels throws, or a value cannot be converted to text.',
    remedy: 'Return texts from the function.',
    page: 'docs/reference/decorators.md',
  },
  OBS_HOOK_FAILED: {
    meaning: 'A function that the application passes to the library failed.',
    cause: 'It throws, returns a value of the wrong type, or answers with a promise.',
    remedy: 'Correct the function; the call that it describes is recorded without its answer.',
    page: 'docs/reference/options.md',
  },
  OBS_TIME_INVALID: {
    meaning: 'The time of an event is not plausible.',
    cause: 'It is in seconds instead of milliseconds, or no valid date.',
    remedy: 'Return a Date or Unix time in milliseconds.',
    page: PROJECTIONS_PAGE,
  },
  OBS_CLOCK_SKEW: {
    meaning: 'An event is from the future.',
    cause: 'The clocks of the writing and the reading machine differ.',
    remedy: 'Synchronize the clocks with NTP.',
    page: PROJECTIONS_PAGE,
  },
  OBS_CLOCK_FAILED: {
    meaning: 'The clock of the application failed.',
    cause: 'A method of the option clock throws, or returns no number.',
    remedy: 'Return finite numbers in milliseconds, or remove the option.',
    page: 'docs/reference/options.md',
  },
  OBS_COLLECTOR_FAILED: {
    meaning: 'A collector of metrics failed.',
    cause: 'A function that computes values at the time of the scrape throws or rejects.',
    remedy: 'Correct the function; its metric keeps its last value.',
    page: METRICS_PAGE,
  },
  OBS_SCRAPE_FAILED: {
    meaning: 'A scrape failed, or a part of the metrics page is missing.',
    cause: 'A collector of prom-client throws or rejects, or a series is there twice.',
    remedy: 'Correct the collector or the metric that the message names.',
    page: 'docs/guides/prometheus.md',
  },
  OBS_AGGREGATION_FAILED: {
    meaning: 'The metrics of a worker or thread are missing on the aggregated page.',
    cause: 'The worker blocks or has ended, or defines a metric differently.',
    remedy: 'Check the worker; run the same version of the application in all of them.',
    page: 'docs/guides/cluster.md',
  },
  OBS_TRACE_CONTEXT_FAILED: {
    meaning: 'The trace context of a request, message or event cannot be read or written.',
    cause: 'The propagator, the reader of the metadata or the carrier throws.',
    remedy: 'Correct the function, or the metadata of the message.',
    page: TRACING_PAGE,
  },
  OBS_TRACING_FAILED: {
    meaning: 'The OpenTelemetry SDK failed, or is there more than once.',
    cause: 'A processor or sampler throws, or two copies of @opentelemetry/api are installed.',
    remedy: 'Correct the component; install one version of @opentelemetry/api.',
    page: TRACING_PAGE,
  },
  OBS_PLUGIN_FAILED: {
    meaning: 'A plugin failed.',
    cause: 'A hook of the plugin throws, rejects, or does not end in time.',
    remedy: 'Correct the plugin.',
    page: 'docs/guides/exporters.md',
  },
  OBS_INTERNAL_FAULT: {
    meaning: 'A part of the library failed; the application is not affected.',
    cause: 'A framework or client behaves differently than the library expects.',
    remedy: 'Update the package, and report the fault with its message if it remains.',
    page: TROUBLESHOOTING_PAGE,
  },
} as const satisfies Readonly<Record<string, CodeDescription>>;

/** Code of a fault at run time. */
export type FaultCode = keyof typeof faultCodes;
