import type { CallDetails } from '../../http/call-details.js';
import type { TraceView } from '../../http/trace-view.js';
import { numberText } from '../../quantity.format.js';
import type { CallTable } from '../../state/live-metrics.js';
import type { CallRow } from '../../state/live-state.js';
import type { ChartContent } from './chart.js';
import { read } from '../connection.js';
import { copy, promqlFor } from '../copying.js';
import { el } from '../dom.js';
import { heatmap } from './heatmap.js';
import { traceTable } from '../sections/lists.js';
import { waterfall } from './waterfall.js';

/** Side sheet with the details of a row or a trace. Escape closes it, and the focus goes back. */
export class Details {
  readonly #dialog = el('dialog', { class: 'sheet', 'aria-labelledby': 'sheet-title' });
  readonly #body = el('div', { class: 'sheet-body' });
  readonly #title = el('h2', { id: 'sheet-title' });
  readonly #showLogs: (traceId: string) => void;
  #closed: () => void = () => undefined;

  constructor(showLogs: (traceId: string) => void) {
    this.#showLogs = showLogs;
    const on = { click: () => this.#dialog.close() };
    const close = el('button', { type: 'button', 'aria-label': 'Close', on }, '✕');
    this.#dialog.append(el('div', { class: 'sheet-head' }, this.#title, close), this.#body);
    this.#dialog.addEventListener('close', () => this.#closed());
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
    document.body.append(this.#dialog);
  }

  onClose(closed: () => void): void {
    this.#closed = closed;
  }

  close(): void {
    if (this.#dialog.open) this.#dialog.close();
  }

  /** Shows the calls of a row over the last hour. */
  async showCalls(
    table: CallTable,
    row: CallRow,
    promql: Readonly<Record<string, string>>,
  ): Promise<void> {
    await this.#fill(row.name, async () => {
      const details = await read<CallDetails>('calls', { table, ...row.labels });
      return await callContent(details, row, promql);
    });
  }

  /** Shows the waterfall of a trace. */
  async showTrace(id: string): Promise<void> {
    await this.#fill('Trace', async () => {
      const trace = await read<TraceView>('trace', { id });
      this.#title.textContent = trace.spans[0]?.name ?? 'Trace';
      const copying = { click: () => void copy(id, 'the trace id') };
      const showing = {
        click: () => {
          this.close();
          this.#showLogs(id);
        },
      };
      const facts = el(
        'p',
        { class: 'row' },
        el('code', {}, id),
        el('button', { type: 'button', on: copying }, 'Copy trace id'),
        el('button', { type: 'button', on: showing }, 'Its log lines'),
      );
      return [facts, waterfall(trace)];
    });
  }

  async #fill(title: string, load: () => Promise<readonly Node[]>): Promise<void> {
    this.#title.textContent = title;
    this.#body.replaceChildren(el('p', { class: 'hint' }, 'Reading …'));
    if (!this.#dialog.open) this.#dialog.showModal();
    try {
      const content = await load();
      this.#body.replaceChildren(...content);
      // Charts need the width that they have in the sheet.
      this.#body.dispatchEvent(new Event('shown'));
      for (const it of content) it.dispatchEvent(new Event('shown'));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#body.replaceChildren(el('p', { class: 'hint' }, text));
    }
  }
}

async function callContent(
  details: CallDetails,
  row: CallRow,
  promql: Readonly<Record<string, string>>,
): Promise<Node[]> {
  const { startMs, stepMs, p50, p95, p99, rate, failing, errors, traces } = details;
  const times = rate.map((_, i) => (startMs + (i + 1) * stepMs) / 1_000);
  const { drawLines } = await import('./chart.js');
  const chart = (title: string, content: ChartContent, expression: string) => {
    const place = el('div', { class: 'chart' });
    const full = promqlFor(promql[expression] ?? '', row.labels);
    const on = { click: () => void copy(full, 'PromQL') };
    const button = el('button', { type: 'button', class: 'small', title: full, on }, 'Copy PromQL');
    const root = el('div', {}, el('h3', {}, title, ' ', button), place);
    root.addEventListener('shown', () => drawLines(place, content));
    return root;
  };
  const latency = [
    { label: 'p50', values: p50 },
    { label: 'p95', values: p95 },
    { label: 'p99', values: p99 },
  ];
  const failures = [{ label: 'failing', values: failing }];
  return [
    chart('Latency', { times, unit: 'seconds', lines: latency }, 'p95'),
    el('h3', {}, 'Distribution of the latency'),
    heatmap(details),
    chart('Calls', { times, unit: 'rate', lines: [{ label: 'rate', values: rate }] }, 'rate'),
    chart('Failing', { times, unit: 'share', lines: failures }, 'failing'),
    el('h3', {}, 'Error types'),
    errorList(errors, row),
    el('h3', {}, 'Failed and slow traces'),
    traces.length === 0
      ? el('p', { class: 'hint' }, 'No trace of it is recorded.')
      : traceTable(traces),
  ];
}

function errorList(errors: CallDetails['errors'], { failing = 0, calls }: CallRow): Node {
  if (errors.length > 0) {
    const items = errors.map(({ type, count }) => el('li', {}, `${type}: ${numberText(count)} ×`));
    return el('ul', { class: 'plain' }, ...items);
  }
  const failed = Math.round(failing * calls);
  const text =
    failed === 0
      ? 'Nothing failed in the last five minutes.'
      : `${numberText(failed)} failed in five minutes; their types are in the traces, of which none is recorded.`;
  return el('p', { class: 'hint' }, text);
}
