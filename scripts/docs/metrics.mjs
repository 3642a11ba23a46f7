// docs/reference/metrics.md: every metric of the catalogue.
import { loadSource } from './library.mjs';

/** The page. */
export async function metricsPage(catalogue) {
  const { referenceSection } = await loadSource('lib/cli/metrics-reference.ts');
  return `# Metrics

The ${count(catalogue)} metrics that the library emits. Names begin with the option \`namespace\`, which is \`eventcore\` by default. Every
series also carries the global labels of the module, such as \`service\`.

A histogram named \`x\` exposes \`x_bucket\`, \`x_sum\` and \`x_count\`. The word in parentheses after \`gauge\` is the rule by which the
gauges of several workers or threads become one number; counters and histograms are summed. See
[Workers and threads](../guides/cluster.md).

${catalogue.map((it) => referenceSection(it.title, it.metrics)).join('\n\n')}
`;
}

function count(catalogue) {
  return catalogue.reduce((sum, { metrics }) => sum + metrics.length, 0);
}
