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

/** Optional parts of OpenMetrics besides the samples. */
export interface OpenMetricsOptions {
  /** Includes the most recent sampled span of each bucket. */
  readonly exemplars: boolean;
  /** Includes the creation time of each counter and histogram series. */
  readonly created: boolean;
}

/**
 * Format OpenMetrics 1.0.0.
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
  // A metric that lacks the names or labels reserved for its type, or has those of another type,
  // becomes unknown.
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

/** Returns the family name; `undefined` for a counter whose name is invalid in OpenMetrics. */
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

/** Formats an integer with a fraction, so that all producers name the series alike. */
function formatBound(bound: number): string {
  const text = formatNumber(bound);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
