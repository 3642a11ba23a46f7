import type { AlertNotification, NotifiedAlert } from './alert-receiver.js';

const MOST_ALERTS = 20;

/** Returns the title of a notification, as the template of the exported Alertmanager configuration has it. */
export function titleOf({ status, alerts, ...it }: AlertNotification): string {
  const { severity = '', alertname = 'Alerts' } = it.commonLabels;
  const head = status === 'firing' ? `FIRING ${severity}`.trim() : 'RESOLVED';
  const { summary } = it.commonAnnotations;
  if (summary !== undefined) return `[${head}] ${summary}`;
  const of = it.commonLabels['job'];
  return `[${head}] ${alertname}${of === undefined ? '' : ` of ${of}`}: ${alerts.length} alerts`;
}

/** Returns the text of a notification: each alert with what explains it. */
export function textOf({ alerts, truncatedAlerts }: AlertNotification): string {
  const shown = alerts.slice(0, MOST_ALERTS).map(alertText);
  const more = alerts.length - shown.length + truncatedAlerts;
  return [...shown, ...(more > 0 ? [`and ${more} more alerts`] : [])].join('\n\n');
}

function alertText({ status, name, labels, annotations, ...it }: NotifiedAlert): string {
  const { summary = name, description, runbook_url, value, diagnosis, ...rest } = annotations;
  const { trace_id, trace_url, live_url } = rest;
  const until = it.endsAtMs === undefined ? '' : `, until ${timeText(it.endsAtMs)}`;
  const lines = [
    `${status === 'resolved' ? 'Resolved: ' : ''}${summary}`,
    description,
    value && `Value: ${value}`,
    `Labels: ${labelText(labels)}`,
    `Since ${timeText(it.startsAtMs)}${until}`,
    diagnosis && `Diagnosis: ${diagnosis}`,
    (trace_url ?? trace_id) && `Trace: ${trace_url ?? trace_id}`,
    runbook_url && `Runbook: ${runbook_url}`,
    live_url && `Live page: ${live_url}`,
  ];
  return lines.filter((line) => line !== undefined && line !== '').join('\n');
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).filter(([name]) => name !== 'alertname');
  return pairs.map(([name, value]) => `${name}=${value}`).join(', ');
}

function timeText(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Returns at most so many characters, whole ones, with an ellipsis at a cut. */
export function shortened(text: string, length: number): string {
  const runes = Array.from(text.slice(0, length * 2 + 2));
  return runes.length <= length ? text : `${runes.slice(0, length - 1).join('')}…`;
}
