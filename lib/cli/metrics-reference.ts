import type { MetricDefinition } from '../metrics/definition/metric-definition.js';

const HEADS = ['metric', 'type', 'labels', 'meaning'];

/** Returns a section of a reference of metrics in Markdown: a heading and a table with a row for each metric. */
export function referenceSection(title: string, metrics: readonly MetricDefinition[]): string {
  const rows = metrics.map((it) => [
    code(it.name),
    it.type === 'gauge' && it.aggregation ? `${it.type} (${it.aggregation})` : it.type,
    (it.labels ?? []).map(code).join(', '),
    it.help.replaceAll(/__\w+__/g, '`$&`'),
  ]);
  const lines = [HEADS, HEADS.map(() => '---'), ...rows].map((cells) => cells.map(cell));
  return `## ${title}\n\n${lines.map((it) => `| ${it.join(' | ')} |`).join('\n')}`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();
}
