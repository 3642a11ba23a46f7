import type { NamedAlert } from './alert-definitions.js';
import { type AlertChoice, type AlertOptions, chosen } from './alert-options.js';
import { exportedAlerts, expressionOf, textOf } from './alert-rules.js';
import { quantityText } from './quantity.format.js';

/**
 * Returns a page for each alert, and `README.md` with a table of them, in Markdown.
 *
 * @param options - The options of the rules that the runbooks explain.
 * @returns Pages by file name.
 * @throws ConfigurationError `OBS_OPTION_INVALID` for an option that is invalid.
 */
export function runbooks(options?: AlertOptions): Readonly<Record<string, string>> {
  const choice = chosen(options);
  const alerts = exportedAlerts(choice);
  const pages = alerts.map((it) => [`${it.name}.md`, pageOf(it, choice)] as const);
  return { 'README.md': indexOf(alerts, choice), ...Object.fromEntries(pages) };
}

function indexOf(alerts: readonly NamedAlert[], choice: AlertChoice): string {
  const domains = [...new Set(alerts.map(({ domain }) => domain))];
  const sections = domains.map((domain) => {
    const rows = alerts
      .filter((it) => it.domain === domain)
      .map((it) => [
        `[${it.name}](${it.name}.md)`,
        it.severity,
        cell(textOf(it.runbook.means, it, choice)),
      ]);
    return `## ${domain}\n\n${table(['alert', 'severity', 'meaning'], rows)}`;
  });
  return `# Runbooks\n\nOne page for each alert: what it means, whom it hurts, where to look and what to do.\n\n${sections.join('\n\n')}\n`;
}

function pageOf(alert: NamedAlert, choice: AlertChoice): string {
  const text = (it: string) => textOf(it, alert, choice);
  const { means, impact, look, act } = alert.runbook;
  const numbered = (items: readonly string[]) =>
    items.map((it, i) => `${i + 1}. ${text(it)}`).join('\n');
  return `${[
    `# ${alert.name}`,
    `Severity **${alert.severity}** · ${alert.domain} · [all runbooks](README.md)`,
    text(means),
    `## Impact\n\n${text(impact)}`,
    `## Look at\n\n${numbered(look)}`,
    `## Do\n\n${numbered(act)}`,
    `## Rule\n\n\`\`\`promql\n${expressionOf(alert, choice)}\n\`\`\``,
    timesOf(alert),
    ...parametersOf(alert, choice),
    `## Rehearse\n\n${text(alert.drill)}`,
  ].join('\n\n')}\n`;
}

function timesOf({ for: pending, keepFiringFor }: NamedAlert): string {
  const begins =
    pending === undefined ? 'It fires at once' : `It fires when this has held for ${pending}`;
  const ends =
    keepFiringFor === undefined ? '' : `, and goes on for ${keepFiringFor} after the end`;
  return `${begins}${ends}.`;
}

function parametersOf(alert: NamedAlert, choice: AlertChoice): string[] {
  const values = choice.valuesOf(alert);
  const rows = Object.entries(alert.parameters).map(([name, { unit, description }]) => [
    `\`${alert.name}.${name}\``,
    quantityText(values[name] as number, unit),
    unit,
    description,
  ]);
  if (rows.length === 0) return [];
  return [`## Parameters\n\n${table(['parameter', 'value', 'unit', 'meaning'], rows)}`];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replaceAll(/(?<!\\)\|/g, '\\|').replaceAll('\n', ' ');
}
