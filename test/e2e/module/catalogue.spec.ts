import { Logger } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aggregateThreads } from '../../../lib/cluster/index.js';
import { type Diagnosis, ObservabilityModule } from '../../../lib/index.js';
import { catalogue } from '../../../lib/metrics/index.js';
import { history, performance } from '../../../lib/query/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { type ParsedFamily, parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { checkMetrics, promtool } from '../../contract/promtool.js';
import { holdWork } from './held-work.js';
import { startJudged } from './judged-application.js';
import { RunningApplication } from './running-application.js';
import {
  clock,
  health,
  workModules,
  OrdersController,
  plugins,
  providers,
  Refused,
  workFor,
} from './work-of-every-kind.js';

Logger.overrideLogger(false);

const SAMPLES_BEYOND_MEMORY = 17_000;
const metrics = catalogue.flatMap((domain) => domain.metrics);

// An error type belongs to a call that failed, and a failed call has no model that answered.
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['error_type', 'gen_ai_response_model']);

/** What the one that puts applications together says about them: one has ended, one is there. */
async function clusterFamilies(): Promise<ParsedFamily[]> {
  const aggregator = aggregateThreads();
  const imports = [ObservabilityModule.forRoot({ cluster: true })];
  const ended = await RunningApplication.start({ imports });
  await ended.close();
  const member = await RunningApplication.start({ imports });
  const rendered = parseTextFormat(await aggregator.render());
  await member.close();
  await aggregator.close();
  return [...rendered.values()].filter(({ name }) => name.startsWith('eventcore_cluster_'));
}

/** What the performance monitor finds in a history. */
async function performanceFamilies(): Promise<ParsedFamily[]> {
  const judged = await startJudged();
  const page = parseTextFormat((await judged.get('/metrics')).text);
  await judged.close();
  return [...page.values()].filter(({ name }) =>
    /^eventcore_(?:health_score|capacity)_/.test(name),
  );
}

/** What a history says whose limit of memory is below one tick. */
async function historyFamilies(): Promise<ParsedFamily[]> {
  const plugins = [history({ maxBytes: 1_048_576 })];
  const imports = [ObservabilityModule.forRoot({ plugins })];
  const full = await RunningApplication.start({ imports });
  const parts = { name: 'shop_parts_ratio', help: 'Parts.', labels: ['n'] } as const;
  const gauge = full.service.gauge({ ...parts, seriesLimit: SAMPLES_BEYOND_MEMORY });
  for (let n = 0; n < SAMPLES_BEYOND_MEMORY; n++) gauge.labels({ n: String(n) }).set(1);
  await full.service.flush();
  const page = parseTextFormat(await full.service.gather());
  await full.close();
  return [...page.values()].filter(({ name }) => name === 'eventcore_history_dropped_total');
}

/** What the sidecar of Envoy says of the second attempt of a request. */
const sidecar = {
  'x-forwarded-client-cert': 'By=spiffe://a/ns/b/sa/c;URI=spiffe://cluster.local/ns/shop/sa/cart',
  'x-envoy-attempt-count': '2',
};

describe('every metric of the catalogue', () => {
  let application: RunningApplication;
  let text: string;
  let families: Map<string, ParsedFamily>;
  let endWork: () => Promise<void>;

  beforeAll(async () => {
    application = await RunningApplication.start({
      imports: [
        ...workModules,
        ObservabilityModule.forRoot({
          ...{ clock, rejections: [Refused], health, plugins },
          jobs: { periodMs: 50 },
        }),
      ],
      controllers: [OrdersController],
      providers,
      configure: (app) => void app.useWebSocketAdapter(new WsAdapter(app)),
    });
    await workFor(application);
    await application.get('/orders/7', { headers: sidecar });
    endWork = await holdWork(application);
    await application.get('/health');
    const { user } = process.cpuUsage();
    while (process.cpuUsage().user - user < 50_000);
    await application.get('/metrics');
    clock.advance(2_000);
    ({ text } = await application.get('/metrics'));
    families = parseTextFormat(text);
    const ofOthers = [clusterFamilies, performanceFamilies, historyFamilies];
    for (const familiesOf of ofOthers)
      for (const it of await familiesOf()) families.set(it.name, it);
  });

  afterAll(async () => {
    await endWork();
    await application.close();
  });

  it.each(metrics.map((it) => [it.name, it] as const))(
    'Real work emits the metric %s',
    (name, metric) => {
      const family = families.get(name);
      expect(family?.help).toBe(metric.help);
      const type =
        metric.type === 'gauge' && metric.labels?.includes('quantile') ? 'untyped' : metric.type;
      expect(family?.type).toBe(type);
      const worked = family?.samples.filter(({ value }) => value !== 0) ?? [];
      expect(worked.length, 'a sample that is not 0').toBeGreaterThan(0);
      for (const { labels } of family?.samples ?? []) {
        const { le: _le, ...own } = labels;
        const known = [...(metric.labels ?? [])].filter((it) => it in own || !MAY_BE_EMPTY.has(it));
        expect(Object.keys(own).toSorted()).toEqual(known.toSorted());
      }
    },
  );

  it('Every metric of the catalogue has the values of that work', () => {
    const values = Object.fromEntries(
      [...families.values()]
        .filter(({ name }) => name.startsWith('eventcore_'))
        .flatMap(({ samples }) => samples)
        .map(({ name, labels, value }) => [
          `${name.replace('eventcore_', '')} ${Object.values(labels).join(' ')}`.trim(),
          value,
        ]),
    );
    expect(values).toMatchObject({
      'commands_total PlaceOrder': 3,
      'commands_succeeded_total PlaceOrder': 1,
      'commands_rejected_total PlaceOrder': 1,
      'command_errors_total PlaceOrder': 1,
      'command_duration_seconds_sum PlaceOrder success': 0.02,
      'command_attempts_sum PlaceOrder': 4,
      'command_retries_total PlaceOrder Error': 1,
      'command_events_sum PlaceOrder': 3,
      'queries_total Report': 2,
      'query_errors_total Report': 1,
      'projection_events_processed_total Revenue live': 1,
      'projection_errors_total Revenue': 1,
      'projection_retries_total Revenue': 2,
      'projection_events_skipped_total Revenue': 1,
      'projection_dead_lettered_total Revenue': 2,
      projections_active: 2,
      'projection_events_processed_total Orders live': 2,
      'projection_batch_size_sum Orders': 2,
      'projection_latency_seconds_sum Orders': 0.79,
      'jobs_total mail welcome': 1,
      'jobs_succeeded_total mail welcome': 1,
      'job_errors_total mail invoice': 2,
      'job_retries_total mail invoice Error': 1,
      'job_exhausted_total mail invoice': 1,
      'job_duration_seconds_sum mail welcome success': 0.02,
      'job_wait_seconds_sum mail welcome': 1,
      'jobs_total schedule refresh': 2,
      'job_overlaps_total schedule refresh': 1,
      'job_period_seconds schedule refresh': 3_600,
      'queue_jobs mail waiting': 3,
      'queue_jobs mail active': 0,
      'queue_observation_errors_total mail': 1,
      'messages_total websocket watch server success': 1,
      'messages_total websocket break server failure': 1,
      'message_duration_seconds_sum websocket watch server': 0.02,
      'websocket_connections /live': 2,
      'graphql_operations_total query Ping success': 1,
      'graphql_operations_total query Pong failure': 1,
      'errors_total message RangeError permanent': 1,
      'errors_total job Error permanent': 2,
      'health_check_status orders_log': 1,
      'health_check_duration_seconds_sum orders_log': 0.01,
      'projection_lag_events Orders': 6,
      'projection_position Orders': 4,
      'projection_head_position Orders': 10,
      'projection_state Orders rebuilding': 1,
      'projection_state Orders live': 0,
      'projection_rebuild_progress_ratio Orders': 0.4,
      'projection_lag_observation_errors_total Revenue': expect.toSatisfy((it) => it >= 1),
      'projection_lag_observation_errors_total Orders': 0,
      'event_store_operations_total append success': 1,
      'event_store_operations_total append failure': 1,
      'event_store_latency_seconds_sum append failure': 0.005,
      'events_written_total order': 2,
      'events_read_total order': 5,
      'event_store_conflicts_total order': 1,
      'connection_pool_size orders': 3,
      'connection_pool_available orders': 1,
      'connection_pool_max_size orders': 5,
      'connection_pool_pending orders': 2,
      'circuit_breaker_state payments': 1,
      'circuit_breaker_transitions_total payments open': 1,
      'circuit_breaker_transitions_total payments closed': 0,
      'circuit_breaker_rejections_total payments': 1,
      'event_store_operations_total count success': 1,
      active_streams: 7,
      'stream_versions stock-mug': 4,
      'errors_total command Error permanent': 1,
      'errors_total query Error permanent': 1,
      'errors_total projection Error permanent': 1,
      'errors_total event_store Error permanent': 1,
      'error_rate_ratio command': 0.25,
      'error_rate_ratio query': 0.5,
      'api_requests_total GET /orders/:id 200': 1,
      'request_duration_seconds_sum GET /orders/:id': 0.04,
      'mesh_requests_total shop/cart GET 200 mutual_tls': 1,
      'mesh_request_duration_seconds_sum shop/cart GET': 0.04,
      'mesh_request_bytes_sum shop/cart GET': 0,
      'mesh_response_bytes_sum shop/cart GET': 5,
      'mesh_retries_total shop/cart GET': 1,
      'gen_ai_client_operation_duration_seconds_sum chat acme large large-2': 0.05,
      'gen_ai_client_operation_duration_seconds_count chat acme large TypeError': 1,
      'gen_ai_client_token_usage_sum chat acme large large-2 input': 12,
      'gen_ai_client_token_usage_sum chat acme large large-2 output': 3,
      'gen_ai_client_operation_time_to_first_chunk_seconds_sum chat acme large large-2': 0.02,
      'gen_ai_client_operation_time_per_output_chunk_seconds_sum chat acme large large-2': 0.03,
      'ml_predictions_total fraud 3 success': 1,
      'ml_predictions_total fraud 3 failure': 1,
      'ml_prediction_duration_seconds_sum fraud 3': 0.01,
      'ml_training_duration_seconds_sum fraud 3 success': 60,
      'ml_model_accuracy_ratio fraud 3': 0.9,
      'observability_errors_total events': 1,
      'observability_series_folded_total shop_load_ratio': 2,
      'observability_series shop_load_ratio': 2,
      'observability_exports_total prometheus success': 1,
    });
  });

  it('Every metric of the catalogue has no reason in a diagnosis once it shows a number above 0', async () => {
    const { text: json } = await application.get('/orders/diagnosis');
    const { metrics: diagnosed } = JSON.parse(json) as Diagnosis;
    const explained = diagnosed.filter((it) => it.reasons.length > 0).map((it) => it.name);
    expect(explained.toSorted()).toEqual([
      // Found by the plugin performance(), in another application.
      'eventcore_capacity_saturation_seconds',
      'eventcore_capacity_utilization_ratio',
      // Recorded where applications are put together.
      'eventcore_cluster_members',
      'eventcore_cluster_members_ended_total',
      // Found by performance() as well.
      'eventcore_health_score_ratio',
      // Nothing is given up.
      'eventcore_history_dropped_total',
      'shop_load_ratio',
    ]);
  });

  it('Every metric of the catalogue is the whole of what the library emits', () => {
    const ours = [...families.keys()].filter((name) => name.startsWith('eventcore_'));
    expect(ours.toSorted()).toEqual(metrics.map(({ name }) => name).toSorted());
  });

  // Needs Debian's prometheus.
  it.skipIf(promtool === undefined)('Every metric of the catalogue passes promtool', () => {
    expect(checkMetrics(text)).toBe('');
  });
});

describe('what executes', () => {
  it('Executing work is counted while it does', async () => {
    const application = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot()],
    });
    const command = application.service.startCommand('Import');
    const query = application.service.startQuery('Report');
    const during = (await application.get('/metrics')).text;
    command.succeed();
    command.fail(new Error('too late'));
    query.fail(new Error('failed'));
    const after = (await application.get('/metrics')).text;
    await application.close();
    const executing = ['eventcore_commands_concurrent', 'eventcore_queries_concurrent'];
    expect(executing.map((it) => sampleOf(during, it))).toEqual([1, 1]);
    expect(executing.map((it) => sampleOf(after, it))).toEqual([0, 0]);
    expect(sampleOf(after, 'eventcore_commands_succeeded_total')).toBe(1);
    expect(sampleOf(after, 'eventcore_command_errors_total')).toBe(0);
  });
});

describe('the namespace', () => {
  it('The namespace is the first word of every metric', async () => {
    const application = await RunningApplication.start({
      imports: [
        ...workModules,
        ObservabilityModule.forRoot({
          namespace: 'my_shop',
          plugins: [...plugins, performance()],
          clock: new ManualClock(),
        }),
      ],
      providers,
    });
    // Metrics of jobs are registered with the first handler.
    await application.get('/metrics');
    const names = application.service.listMetrics().map(({ definition }) => definition.name);
    await application.close();
    expect(names.toSorted()).toEqual(
      // Those of the cluster are kept where applications are put together.
      metrics
        .filter(({ name }) => !name.startsWith('eventcore_cluster_'))
        .map(({ name }) => name.replace('eventcore', 'my_shop'))
        .toSorted(),
    );
  });
});
