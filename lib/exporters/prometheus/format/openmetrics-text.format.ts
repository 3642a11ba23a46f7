import type {
  ExpositionFormat,
  HeaderOptions,
  LaidOutMetric,
  MetricLayout,
} from './exposition-format.js';
import { escapeText, formatNumber } from './sample.format.js';

/** Content type of OpenMetrics 1.0.0. */
export const OPENMETRICS_CONTENT_TYPE =
  'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** What OpenMetrics may hold beside the samples. */
export interface OpenMetricsOptions {
  /** The most recent sampled span of each bucket. */
  readonly exemplars: boolean;
  /** When each series of a counter or histogram began to count. */
  readonly created: boolean;
}

/**
 * OpenMetrics 1.0.0.
 * Source: https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 */
export function openMetricsText({ exemplars, created }: OpenMetricsOptions): ExpositionFormat {
  return {
    contentType: OPENMETRICS_CONTENT_TYPE,
    hasExemplars: exemplars,
    end: '# EOF\n',
    layoutOf: (metric, isTaken) => {
      const layout = layoutOf(metric, isTaken);
      return created ? layout : { ...layout, createdName: undefined };
    },
    formatHeader,
    formatBound,
  };
}

function layoutOf(metric: LaidOutMetric, isTaken: (name: string) => boolean): MetricLayout {
  const { name, help, type, labels = [] } = metric;
  const family = familyOf(metric, isTaken);
  // Without the names and labels that OpenMetrics keeps for a type, or with those of another, it is of no known type.
  const isAmbiguous = type === 'gauge' && (name.endsWith('_total') || labels.includes('quantile'));
  const isKnown = family !== undefined && type !== 'untyped' && !isAmbiguous;
  const shown = { name: family ?? name, help, type: isKnown ? type : 'unknown' };
  const created = `${shown.name}_created`;
  const counts = isKnown && (type === 'counter' || type === 'histogram');
  return {
    header: { ...shown, unit: unitOf(shown.name, metric.unit) },
    sampleName: name,
    createdName: counts && !isTaken(created) ? created : undefined,
  };
}

/** The name of the family; `undefined` for a counter that has no name as OpenMetrics wants it. */
function familyOf(
  { name, type }: LaidOutMetric,
  isTaken: (name: string) => boolean,
): string | undefined {
  if (type !== 'counter') return name;
  const family = name.replace(/_total$/, '');
  return family === name || family === '' || isTaken(family) ? undefined : family;
}

function unitOf(family: string, unit: string | undefined): string | undefined {
  return unit !== undefined && family.endsWith(`_${unit}`) ? unit : undefined;
}

function formatHeader({ name, type, unit, help }: HeaderOptions): string {
  const unitLine = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`;
  return `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${escapeText(help)}\n`;
}

/** A whole number is written with a fraction, so that a series has one name whoever writes it. */
function formatBound(bound: number): string {
  const text = formatNumber(bound);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
