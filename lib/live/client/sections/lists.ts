import { numberText, secondsText } from '../../quantity.format.js';
import type { ErrorRow, LiveState, TraceRow } from '../../state/live-state.js';
import type { FullFrame } from '../../stream/frames.js';
import { copy, promqlFor } from '../copying.js';
import { el, onChange, section } from '../dom.js';
import { clockText, pill, timeText } from '../words.js';

/** Traces that failed or took long. */
export class TraceSection {
  readonly root: HTMLElement;
  readonly #render: (data: Pick<LiveState, 'traces' | 'tracesOff'>) => void;

  constructor() {
    const { root, body } = section('Failed and slow traces', 'last 15 minutes', 'section-traces');
    this.root = root;
    this.#render = onChange(({ traces, tracesOff }) => {
      if (traces.length > 0) return body.replaceChildren(traceTable(traces));
      const off = tracesOff?.replace(/^OBS_\w+: /, '');
      body.replaceChildren(
        el('p', { class: 'hint' }, off ?? 'No trace has ended in the last 15 minutes.'),
      );
    });
  }

  update({ state: { traces, tracesOff } }: FullFrame): void {
    this.#render({ traces, ...(tracesOff !== undefined && { tracesOff }) });
  }
}

/** Creates the list of traces; each opens its waterfall. */
export function traceTable(traces: readonly TraceRow[]): HTMLElement {
  const rows = traces.map(({ id, name, startMs, durationMs, failed, hasError, detail = '' }) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row', class: 'l' }, el('a', { href: `#trace=${id}` }, name)),
      el('td', { class: 'l' }, markOf(failed, hasError)),
      el('td', { class: 'l muted wrap' }, detail),
      el('td', { class: 'muted' }, clockText(startMs)),
      el('td', {}, secondsText(durationMs / 1_000)),
    ),
  );
  return el('table', { 'aria-label': 'Traces', class: 'stacked' }, el('tbody', {}, ...rows));
}

function markOf(failed: boolean, hasError: boolean): HTMLElement {
  if (failed) return pill('failed', 'bad');
  return hasError ? pill('error inside', 'warn') : pill('slow', 'neutral');
}

/** Errors by type. */
export class ErrorSection {
  readonly root: HTMLElement;
  readonly #render: (data: { errors: readonly ErrorRow[]; promql: string }) => void;

  constructor() {
    const { root, body } = section('Errors by type', 'last 15 minutes', 'section-errors');
    this.root = root;
    this.#render = onChange(({ errors, promql }) => {
      const none = el('p', { class: 'hint' }, 'No error in the last 15 minutes.');
      body.replaceChildren(errors.length === 0 ? none : errorTable(errors, promql));
    });
  }

  update({ state: { errors }, expressions }: FullFrame): void {
    this.#render({ errors, promql: expressions['errors']?.['count'] ?? '' });
  }
}

function errorTable(errors: readonly ErrorRow[], template: string): HTMLElement {
  const rows = errors.map(({ source, type, category, count, lastMs }) => {
    const promql = promqlFor(template, { source, error_type: type, category });
    const on = { click: () => void copy(promql, 'PromQL') };
    return el(
      'tr',
      {},
      el('th', { scope: 'row', class: 'l' }, type),
      el('td', { class: 'l' }, source.replaceAll('_', ' ')),
      el('td', { class: `l ${category === 'critical' ? 'over' : 'muted'}` }, category),
      el(
        'td',
        {},
        el(
          'button',
          { class: 'num', type: 'button', title: `Copy PromQL: ${promql}`, on },
          `${numberText(count)} ×`,
        ),
      ),
      el('td', { class: 'muted' }, lastMs === undefined ? '' : `last ${timeText(lastMs)}`),
    );
  });
  return el('table', { 'aria-label': 'Errors', class: 'stacked' }, el('tbody', {}, ...rows));
}

/** Findings of `diagnose()`. */
export class FindingSection {
  readonly root: HTMLElement;
  readonly #render: (findings: LiveState['findings']) => void;

  constructor() {
    const { root, body } = section('What is missing', 'as diagnose() finds it', 'section-findings');
    this.root = root;
    body.tabIndex = 0;
    this.#render = onChange((findings) => {
      this.root.hidden = findings.length === 0;
      const rows = findings.map(({ text, about }) =>
        el('tr', {}, el('td', { class: 'l wrap' }, text), el('td', { class: 'l muted' }, about)),
      );
      body.replaceChildren(
        el('table', { 'aria-label': 'Findings', class: 'stacked' }, el('tbody', {}, ...rows)),
      );
    });
  }

  update({ state: { findings } }: FullFrame): void {
    this.#render(findings);
  }
}
