import { expect, it } from 'vitest';
import { DialectMetrics } from '../../lib/exporters/prometheus/dialects/dialect-metrics.js';
import { PrometheusExporter } from '../../lib/exporters/prometheus/prometheus.exporter.js';
import { definitionOf } from '../../lib/metrics/catalogue/catalogue-metric.js';
import { commandMetrics } from '../../lib/metrics/catalogue/commands.js';
import { queryMetrics } from '../../lib/metrics/catalogue/queries.js';
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
  const queries = registry.histogram({ ...definitionOf(queryMetrics.duration), buckets });
  for (const seconds of [0.05, 0.05, 0.5, 0.5])
    queries.labels({ query_type: 'FindOrder', outcome: 'success' }).observe(seconds);
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
# HELP query_latency_seconds Duration of queries. The same as eventcore_query_duration_seconds.
# TYPE query_latency_seconds summary
query_latency_seconds{service="shop",query_id="FindOrder",quantile="0.5"} 0.1
query_latency_seconds{service="shop",query_id="FindOrder",quantile="0.9"} 0.82
query_latency_seconds{service="shop",query_id="FindOrder",quantile="0.95"} 0.91
query_latency_seconds{service="shop",query_id="FindOrder",quantile="0.99"} 0.982
query_latency_seconds_sum{service="shop",query_id="FindOrder"} 1.1
query_latency_seconds_count{service="shop",query_id="FindOrder"} 4
`);
});
