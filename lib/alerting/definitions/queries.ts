import { queryMetrics } from '../../metrics/catalogue/queries.js';
import { errorRateAlert, latencyAlert, stuckAlert } from './calls.js';

const queries = {
  kind: 'query',
  plural: 'queries',
  label: 'query_type',
  handler: 'GetOrder',
  metrics: queryMetrics,
  impact: 'Users see errors in place of their data. Nothing is lost.',
};

/** Alerts on queries. */
export const queryAlerts = {
  QueryErrorRateHigh: errorRateAlert(queries),
  QueryLatencyHigh: latencyAlert(queries),
  QueriesStuck: stuckAlert(queries),
} as const;
