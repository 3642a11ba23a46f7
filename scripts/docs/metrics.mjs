// docs/reference/metrics.md: every metric of the catalogue.
import { code, table } from './markdown.mjs';

/** The page. */
export function metricsPage(catalogue) {
  return `# Metrics

The ${count(catalogue)} metrics that the library emits. Names begin with the option \`namespace\`, which is \`eventcore\` by default. Every
series also carries the global labels of the module, such as \`service\`.

A histogram named \`x\` exposes \`x_bucket\`, \`x_sum\` and \`x_count\`. The word in parentheses after \`gauge\` is the rule by which the
gauges of several workers or threads become one number; counters and histograms are summed. See
[Workers and threads](../guides/cluster.md).

${catalogue.map(domain).join('\n\n')}
`;
}

function count(catalogue) {
  return catalogue.reduce((sum, { metrics }) => sum + metrics.length, 0);
}

function domain({ title, metrics }) {
  const hasAbsence = metrics.some(({ absentWhen }) => absentWhen);
  const heads = ['metric', 'type', 'labels', 'meaning', ...(hasAbsence ? ['absent when'] : [])];
  const rows = metrics.map((metric) => [
    code(metric.name),
    typeOf(metric),
    (metric.labels ?? []).map(code).join(', '),
    helpOf(metric),
    ...(hasAbsence ? [sentences(metric.absentWhen)] : []),
  ]);
  return `## ${title}\n\n${table(heads, rows)}`;
}

function typeOf({ type, aggregation }) {
  return aggregation ? `${type} (${aggregation})` : type;
}

function helpOf({ help }) {
  return help.replaceAll(/__\w+__/g, '`$&`');
}

function sentences(text) {
  if (text === undefined) return '';
  return Array.isArray(text) ? text.join('; ') : String(text);
}
