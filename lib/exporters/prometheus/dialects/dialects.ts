/** Name of a dialect: the system whose metric names it provides. */
export type DialectName = 'eventcore-0.1' | 'eventflux';

/** Alias of a catalogue metric. */
export interface DialectRow {
  /** Name of the alias; the prefix `eventcore_` is replaced by the application's namespace. */
  readonly name: string;
  /** Name in the catalogue. */
  readonly source: string;
  /** A summary has the quantiles of a histogram over the lifetime of the process. @defaultValue type of the source */
  readonly type?: 'summary';
  /** Factor for values and histogram bounds. @defaultValue 1 */
  readonly scale?: number;
  /** Labels of the alias by their source names, in the order of the source; series are summed over all other labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** Matches the series to include. @defaultValue all */
  readonly where?: Readonly<Record<string, RegExp>>;
}

const command = { command_type: 'command_type' };
const projection = { projection_name: 'projection_name' };
const query = { pipeline: 'query_id' };
const stream = { ...query, stream: 'stream_name' };
const appends = { operation: /^append/ };
const reads = { operation: /^(?!append)/ };

/** EventCore 0.1 omits `_total` and measures in milliseconds and percent; names that equal ours are omitted. */
const eventCore: readonly DialectRow[] = [
  { name: 'eventcore_commands_executed', source: 'eventcore_commands_total', labels: command },
  {
    name: 'eventcore_commands_succeeded',
    source: 'eventcore_commands_succeeded_total',
    labels: command,
  },
  { name: 'eventcore_commands_failed', source: 'eventcore_command_errors_total', labels: command },
  {
    name: 'eventcore_commands_executing',
    source: 'eventcore_commands_concurrent',
    labels: command,
  },
  {
    name: 'eventcore_command_duration_ms',
    source: 'eventcore_command_duration_seconds',
    labels: command,
    scale: 1000,
  },
  { name: 'eventcore_events_written', source: 'eventcore_events_written_total', labels: {} },
  { name: 'eventcore_events_read', source: 'eventcore_events_read_total', labels: {} },
  {
    name: 'eventcore_event_store_reads',
    source: 'eventcore_event_store_operations_total',
    labels: {},
    where: reads,
  },
  {
    name: 'eventcore_event_store_writes',
    source: 'eventcore_event_store_operations_total',
    labels: {},
    where: appends,
  },
  {
    name: 'eventcore_event_store_read_duration_ms',
    source: 'eventcore_event_store_latency_seconds',
    labels: {},
    where: reads,
    scale: 1000,
  },
  {
    name: 'eventcore_event_store_write_duration_ms',
    source: 'eventcore_event_store_latency_seconds',
    labels: {},
    where: appends,
    scale: 1000,
  },
  {
    name: 'eventcore_projection_events_processed',
    source: 'eventcore_projection_events_processed_total',
    labels: projection,
  },
  {
    name: 'eventcore_projection_events_skipped',
    source: 'eventcore_projection_events_skipped_total',
    labels: projection,
  },
  {
    name: 'eventcore_projection_errors',
    source: 'eventcore_projection_errors_total',
    labels: projection,
  },
  {
    name: 'eventcore_projection_lag_ms',
    source: 'eventcore_projection_lag_seconds',
    labels: projection,
    scale: 1000,
  },
  { name: 'eventcore_active_projections', source: 'eventcore_projections_active', labels: {} },
  {
    name: 'eventcore_cpu_usage_percent',
    source: 'eventcore_cpu_usage_ratio',
    labels: {},
    scale: 100,
  },
  {
    name: 'eventcore_connection_pool_max',
    source: 'eventcore_connection_pool_max_size',
    labels: { pool: 'pool' },
  },
  ...['critical', 'transient', 'permanent'].map((category) => ({
    name: `eventcore_errors_${category}`,
    source: 'eventcore_errors_total',
    labels: {},
    where: { category: new RegExp(`^${category}$`) },
  })),
  {
    name: 'eventcore_errors_by_type',
    source: 'eventcore_errors_total',
    labels: { error_type: 'error_type' },
  },
  {
    name: 'eventcore_error_rate',
    source: 'eventcore_error_rate_ratio',
    labels: { source: 'source' },
  },
];

/** A continuous query of EventFlux is a pipeline. */
const eventFlux: readonly DialectRow[] = [
  {
    name: 'query_events_processed_total',
    source: 'eventcore_pipeline_stream_events_received_total',
    labels: stream,
    where: { role: /^input$/ },
  },
  {
    name: 'query_events_emitted_total',
    source: 'eventcore_pipeline_stream_events_sent_total',
    labels: { ...query, stream: 'output_stream' },
    where: { role: /^output$/ },
  },
  {
    name: 'query_latency_seconds',
    source: 'eventcore_pipeline_latency_seconds',
    type: 'summary',
    labels: query,
  },
  {
    name: 'query_execution_errors_total',
    source: 'eventcore_pipeline_stage_errors_total',
    labels: { ...query, error_type: 'error_type' },
  },
  { name: 'query_errors_total', source: 'eventcore_pipeline_errors_total', labels: query },
  { name: 'query_active_count', source: 'eventcore_pipelines_active', labels: {} },
  {
    name: 'query_buffer_utilization',
    source: 'eventcore_pipeline_stage_utilization_ratio',
    labels: { ...query, stage: 'stage' },
  },
  {
    name: 'query_window_size_bytes',
    source: 'eventcore_pipeline_window_bytes',
    labels: { ...query, stage: 'stage', window_type: 'window_type' },
  },
  {
    name: 'stream_backpressure_events_total',
    source: 'eventcore_pipeline_stream_backpressure_events_total',
    labels: stream,
  },
  {
    name: 'stream_buffer_size_bytes',
    source: 'eventcore_pipeline_stream_buffer_bytes',
    labels: { ...stream, side: 'side' },
  },
  {
    name: 'stream_events_received_total',
    source: 'eventcore_pipeline_stream_events_received_total',
    labels: stream,
  },
  {
    name: 'stream_events_sent_total',
    source: 'eventcore_pipeline_stream_events_sent_total',
    labels: stream,
  },
  {
    name: 'stream_oldest_event_age_seconds',
    source: 'eventcore_pipeline_stream_oldest_event_age_seconds',
    labels: stream,
  },
  {
    name: 'stream_subscribers_active',
    source: 'eventcore_pipeline_stream_subscribers',
    labels: stream,
  },
  {
    name: 'connections_active',
    source: 'eventcore_connections_active',
    labels: { protocol: 'protocol' },
  },
  {
    name: 'connections_total',
    source: 'eventcore_connections_total',
    labels: { protocol: 'protocol', result: 'result' },
  },
  {
    name: 'connection_errors_total',
    source: 'eventcore_connection_errors_total',
    labels: { protocol: 'protocol', error_type: 'error_type' },
  },
  { name: 'eventflux_uptime_seconds', source: 'eventcore_uptime_seconds', labels: {} },
  {
    name: 'eventflux_memory_usage_bytes',
    source: 'eventcore_memory_usage_bytes',
    labels: { component: 'component' },
  },
  {
    name: 'eventflux_cpu_usage_percent',
    source: 'eventcore_cpu_usage_ratio',
    labels: {},
    scale: 100,
  },
  { name: 'eventflux_threads_active', source: 'eventcore_threads_active', labels: {} },
  {
    name: 'eventflux_errors_total',
    source: 'eventcore_errors_total',
    labels: { error_type: 'type' },
  },
];

/** All dialects by name. */
export const dialectRows: Readonly<Record<DialectName, readonly DialectRow[]>> = {
  'eventcore-0.1': eventCore,
  eventflux: eventFlux,
};
