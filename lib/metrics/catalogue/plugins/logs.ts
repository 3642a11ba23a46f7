import type { CatalogueMetric } from '../catalogue-metric.js';

/** Log lines of the plugin `logging()`. */
export const logMetrics = {
  lines: {
    name: 'eventcore_log_lines_total',
    type: 'counter',
    help: 'Log lines that were written, by level.',
    labels: { level: 'closed' },
    needs: ['logging'],
    absentWhen: 'No line of this level has been written.',
  },
  dropped: {
    name: 'eventcore_log_lines_dropped_total',
    type: 'counter',
    help: 'Log lines that a sink gave up, by sink and reason.',
    labels: { sink: 'closed', reason: 'closed' },
    needs: ['logging'],
    absentWhen: 'No sink has given up a line.',
  },
  buffered: {
    name: 'eventcore_log_sink_buffered_bytes',
    type: 'gauge',
    help: 'Bytes of log lines that wait in a sink.',
    unit: 'bytes',
    labels: { sink: 'closed' },
    needs: ['logging'],
    absentWhen: 'The plugin has no sinks: lines go through the logger of Nest.',
    zeroWhen: 'No line waits.',
  },
} as const satisfies Record<string, CatalogueMetric>;
