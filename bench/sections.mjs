// What is measured, each section in a process of its own. A section returns its cases and ratios.
const section = (file, run) => async (options) => (await import(file))[run](options);

export const sections = {
  metrics: section('./ladder.mjs', 'runMetrics'),
  'span-no-sdk': section('./ladder.mjs', 'runSpanWithoutSdk'),
  'span-unsampled': section('./ladder.mjs', 'runSpanInUnsampledRequest'),
  'span-root-unsampled': section('./ladder.mjs', 'runUnsampledRoot'),
  'span-recorded': section('./ladder.mjs', 'runRecordedSpan'),
  shapes: section('./shapes.mjs', 'runShapes'),
  command: section('./realistic-command.mjs', 'runCommand'),
  'command-unsampled': section('./realistic-command.mjs', 'runUnsampledCommand'),
  scrape: section('./scrape.mjs', 'runScrapes'),
  otlp: section('./otlp.mjs', 'runOtlp'),
  meter: section('./meter.mjs', 'runMeter'),
  logging: section('./logging.mjs', 'runLogging'),
  history: section('./history.mjs', 'runHistory'),
  queries: section('./queries.mjs', 'runQueries'),
  pipelines: section('./pipelines.mjs', 'runPipelines'),
  usage: section('./usage.mjs', 'runUsage'),
  jobs: section('./jobs.mjs', 'runJobs'),
  alerts: section('./alerts.mjs', 'runAlerts'),
  outbound: section('./outbound.mjs', 'runOutbound'),
  http: section('./http.mjs', 'runHttp'),
  'start-up': section('./start-up.mjs', 'runStartUp'),
};

/** The ratios that stand for the whole, in the order of the result file; what else is compared is in `otherRatios`. */
export const RATIOS = [
  'metrics_vs_prom_client',
  'metrics_vs_otel_metrics',
  'span_no_sdk_vs_peer_stack',
  'span_unsampled_vs_peer_stack',
  'span_recorded_vs_sdk_span',
  'scrape_10k_vs_prom_client',
  'scrape_100k_vs_prom_client',
  'otlp_encode_10k_vs_sdk',
  'http_rps_vs_bare',
  'cpu_share_metrics',
  'cpu_share_unsampled_spans',
];
