import type { SpanView, TraceView } from '../../http/trace-view.js';
import { numberText, secondsText } from '../../quantity.format.js';
import { el } from '../dom.js';
import { clockText } from '../words.js';

const INDENT = 14;
const LEAST_PERCENT = 0.4;

/** Draws the spans of a trace, each after its parent. A span opens to show its attributes. */
export function waterfall({
  spans,
  startMs,
  durationMs,
  hidden,
  complete,
}: TraceView): HTMLElement {
  const facts = [
    clockText(startMs),
    `${numberText(spans.length)} spans`,
    secondsText(durationMs / 1_000),
    ...(hidden > 0 ? [`${numberText(hidden)} spans are not here`] : []),
    ...(complete ? [] : ['some spans have not ended or are elsewhere']),
  ];
  const rows = spans.map((it) => spanRow(it, Math.max(durationMs, 0.001)));
  return el('div', { class: 'trace' }, el('p', { class: 'muted' }, facts.join(' · ')), ...rows);
}

function spanRow(span: SpanView, total: number): HTMLElement {
  const { name, depth, fromMs, durationMs, kind, failed, service, facts } = span;
  const bar = el('i', { class: failed ? 'bad' : kind });
  bar.style.left = `${Math.min(100 - LEAST_PERCENT, (fromMs / total) * 100)}%`;
  bar.style.width = `${Math.max(LEAST_PERCENT, (durationMs / total) * 100)}%`;
  const title = el('span', { class: 'span-name' }, `${failed ? '■ ' : ''}${name}`);
  title.style.paddingLeft = `${Math.min(depth, 8) * INDENT}px`;
  const summary = el(
    'summary',
    { class: 'span-row' },
    title,
    el('span', { class: 'lane' }, bar),
    el('span', { class: 'muted' }, secondsText(durationMs / 1_000)),
  );
  const list = [['service', service] as const, ['kind', kind] as const, ...facts].flatMap(
    ([key, value]) => [el('dt', {}, key), el('dd', {}, value)],
  );
  return el('details', {}, summary, el('dl', {}, ...list));
}
