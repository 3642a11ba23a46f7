import { expect, it } from 'vitest';
import { DialectMetrics } from '../../lib/exporters/prometheus/dialects/dialect-metrics.js';
import { PrometheusExporter } from '../../lib/exporters/prometheus/prometheus.exporter.js';
import {
  type CatalogueMetric,
  definitionOf,
} from '../../lib/metrics/catalogue/catalogue-metric.js';
import { commandMetrics } from '../../lib/metrics/catalogue/commands.js';
import { connectionMetrics } from '../../lib/metrics/catalogue/connections.js';
import {
  pipelineMetrics,
  pipelineStageMetrics,
} from '../../lib/metrics/catalogue/plugins/pipelines.js';
import { pipelineStreamMetrics } from '../../lib/metrics/catalogue/plugins/pipeline-streams.js';
import { makeRegistry } from '../unit/metrics/registry-of-test.js';

const buckets = [0.01, 0.1, 1];

it('The dialects render as recorded in the golden file', async () => {
  const { registry, clock, faults } = makeRegistry();
  const self = { exported: () => undefined, expectExports: () => undefined } as never;
  const globalLabels = { service: 'shop' };
  const exporter = new PrometheusExporter({ registry, self, clock, faults, globalLabels });
  exporter.derive(
    new DialectMetrics({ dialects: ['eventcore-0.1', 'eventflux'], namespace: 'eventcore' }),
  );
  registry
    .counter(definitionOf(commandMetrics.finished))
    .labels({ command_type: 'PlaceOrder' })
    .inc(3);
  const duration = registry.histogram({ ...definitionOf(commandMetrics.duration), buckets });
  duration.labels({ command_type: 'PlaceOrder', outcome: 'success' }).observe(0.05);
  duration.labels({ command_type: 'PlaceOrder', outcome: 'failure' }).observe(0.5);
  const pipeline = 'trades';
  const latency = registry.histogram({ ...definitionOf(pipelineMetrics.latency), buckets });
  for (const seconds of [0.05, 0.05, 0.5, 0.5]) latency.labels({ pipeline }).observe(seconds);
  const count = (metric: CatalogueMetric, labels: Record<string, string>, value: number) =>
    registry.counter(definitionOf(metric)).labels(labels).inc(value);
  const set = (metric: CatalogueMetric, labels: Record<string, string>, value: number) =>
    registry.gauge(definitionOf(metric)).labels(labels).set(value);
  for (const [stream, role, events] of [
    ['trades', 'input', 5],
    ['candles', 'output', 2],
  ] as const) {
    count(pipelineStreamMetrics.received, { pipeline, stream, role }, events);
    count(pipelineStreamMetrics.sent, { pipeline, stream, role }, events);
  }
  set(pipelineStreamMetrics.subscribers, { pipeline, stream: 'trades' }, 1);
  set(pipelineStreamMetrics.oldest, { pipeline, stream: 'trades' }, 2.5);
  for (const stage of ['enrich', 'store'])
    count(pipelineStageMetrics.errors, { pipeline, stage, error_type: 'Timeout' }, 1);
  count(pipelineMetrics.errors, { pipeline }, 2);
  set(pipelineMetrics.active, {}, 1);
  set(pipelineStageMetrics.utilization, { pipeline, stage: 'enrich' }, 0.75);
  set(connectionMetrics.active, { protocol: 'http' }, 4);
  const text = await exporter.render();
  const [, aliases] = text.split(/(?=# HELP eventcore_commands_executed )/);
  expect(aliases).toBe(`\
# HELP eventcore_commands_executed Finished commands, with any outcome. The same as eventcore_commands_total.
# TYPE eventcore_commands_executed counter
eventcore_commands_executed{command_type="PlaceOrder",service="shop"} 3
# HELP eventcore_command_duration_ms Duration of commands, including retries. The same as eventcore_command_duration_seconds.
# TYPE eventcore_command_duration_ms histogram
eventcore_command_duration_ms_bucket{command_type="PlaceOrder",service="shop",le="10"} 0
eventcore_command_duration_ms_bucket{command_type="PlaceOrder",service="shop",le="100"} 1
eventcore_command_duration_ms_bucket{command_type="PlaceOrder",service="shop",le="1000"} 2
eventcore_command_duration_ms_bucket{command_type="PlaceOrder",service="shop",le="+Inf"} 2
eventcore_command_duration_ms_sum{command_type="PlaceOrder",service="shop"} 550
eventcore_command_duration_ms_count{command_type="PlaceOrder",service="shop"} 2
# HELP query_events_processed_total Events that arrived at the stream. Its role is input, inner or output. The same as eventcore_pipeline_stream_events_received_total.
# TYPE query_events_processed_total counter
query_events_processed_total{query_id="trades",stream_name="trades",service="shop"} 5
# HELP query_events_emitted_total Events that the stream handed to what follows it. Its role is input, inner or output. The same as eventcore_pipeline_stream_events_sent_total.
# TYPE query_events_emitted_total counter
query_events_emitted_total{query_id="trades",output_stream="candles",service="shop"} 2
# HELP query_execution_errors_total Events whose work failed in the stage, by error type. The same as eventcore_pipeline_stage_errors_total.
# TYPE query_execution_errors_total counter
query_execution_errors_total{query_id="trades",error_type="Timeout",service="shop"} 2
# HELP query_errors_total Events whose work failed in a stage of the pipeline. The same as eventcore_pipeline_errors_total.
# TYPE query_errors_total counter
query_errors_total{query_id="trades",service="shop"} 2
# HELP query_active_count Pipelines that have a run that has not ended. The same as eventcore_pipelines_active.
# TYPE query_active_count gauge
query_active_count{service="shop"} 1
# HELP query_buffer_utilization Events that the stage works on, relative to its concurrency. The same as eventcore_pipeline_stage_utilization_ratio.
# TYPE query_buffer_utilization gauge
query_buffer_utilization{query_id="trades",stage="enrich",service="shop"} 0.75
# HELP stream_events_received_total Events that arrived at the stream. Its role is input, inner or output. The same as eventcore_pipeline_stream_events_received_total.
# TYPE stream_events_received_total counter
stream_events_received_total{query_id="trades",stream_name="trades",service="shop"} 5
stream_events_received_total{query_id="trades",stream_name="candles",service="shop"} 2
# HELP stream_events_sent_total Events that the stream handed to what follows it. Its role is input, inner or output. The same as eventcore_pipeline_stream_events_sent_total.
# TYPE stream_events_sent_total counter
stream_events_sent_total{query_id="trades",stream_name="trades",service="shop"} 5
stream_events_sent_total{query_id="trades",stream_name="candles",service="shop"} 2
# HELP stream_oldest_event_age_seconds Age of the oldest event of the stream that waits: for a stage, since its event time; in a buffer of Node.js, since its arrival. The same as eventcore_pipeline_stream_oldest_event_age_seconds.
# TYPE stream_oldest_event_age_seconds gauge
stream_oldest_event_age_seconds{query_id="trades",stream_name="trades",service="shop"} 2.5
# HELP stream_subscribers_active Subscriptions of the stream. The same as eventcore_pipeline_stream_subscribers.
# TYPE stream_subscribers_active gauge
stream_subscribers_active{query_id="trades",stream_name="trades",service="shop"} 1
# HELP connections_active Open connections to the server of the application, by protocol. A WebSocket counts as such, once. The same as eventcore_connections_active.
# TYPE connections_active gauge
connections_active{protocol="http",service="shop"} 4
# HELP query_latency_seconds Time from the event time of an event to its arrival at an output stream. The same as eventcore_pipeline_latency_seconds.
# TYPE query_latency_seconds summary
query_latency_seconds{service="shop",query_id="trades",quantile="0.5"} 0.1
query_latency_seconds{service="shop",query_id="trades",quantile="0.9"} 0.82
query_latency_seconds{service="shop",query_id="trades",quantile="0.95"} 0.91
query_latency_seconds{service="shop",query_id="trades",quantile="0.99"} 0.982
query_latency_seconds_sum{service="shop",query_id="trades"} 1.1
query_latency_seconds_count{service="shop",query_id="trades"} 4
`);
});
