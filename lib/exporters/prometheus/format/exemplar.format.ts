import type { Exemplar } from '../../../metrics/snapshot/exemplar.js';
import { formatNumber } from './sample.format.js';

const HEX_IDS = /^[0-9a-f]{1,32} [0-9a-f]{1,16}$/;

/**
 * What follows the number of a line that has an exemplar; empty without one, and for ids that are none. The labels have 63
 * of the 128 characters that they may have.
 * Source: https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md#exemplars
 */
export function formatExemplar(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  const { traceId, spanId, value, atMs } = exemplar;
  if (!HEX_IDS.test(`${traceId} ${spanId}`)) return '';
  const seconds = (atMs / 1000).toFixed(3);
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${formatNumber(value)} ${seconds}`;
}
