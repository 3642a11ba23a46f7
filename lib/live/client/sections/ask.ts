import type { ChartLine } from '../details/chart.js';
import { read } from '../connection.js';
import { copy } from '../copying.js';
import { el, section, setText } from '../dom.js';

interface Answer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [seconds: number, value: string])[];
    }[];
  };
}

const HOUR_SECONDS = 3_600;
const STEP_SECONDS = 20;
const MOST_LINES = 20;

/** A box for questions in PromQL, with a chart of the last hour. */
export class AskSection {
  readonly root: HTMLElement;
  readonly #input = el('input', {
    'aria-label': 'PromQL expression',
    spellcheck: 'false',
    autocomplete: 'off',
    autocapitalize: 'off',
  });
  readonly #place = el('div', { class: 'chart' });
  readonly #status = el('p', { class: 'hint', role: 'status' });

  constructor() {
    const { root, body } = section(
      'Ask',
      'PromQL over the last hour, as in Prometheus',
      'section-ask',
    );
    this.root = root;
    const run = el('button', { type: 'submit' }, 'Run');
    const on = { click: () => void copy(this.#input.value, 'PromQL') };
    const copying = el('button', { type: 'button', on }, 'Copy');
    const form = el('form', { class: 'row query' }, this.#input, run, copying);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#run();
    });
    this.#place.hidden = true;
    body.replaceWith(form, this.#status, this.#place);
    setText(this.#status, 'Press Run to ask.');
  }

  /** Fills the box unless something is in it. */
  suggest(expression: string): void {
    if (this.#input.value === '') this.#input.value = expression;
  }

  /** Asks. */
  ask(expression: string): void {
    this.#input.value = expression;
    this.root.scrollIntoView({ block: 'center' });
    void this.#run();
  }

  async #run(): Promise<void> {
    const query = this.#input.value.trim();
    if (query === '') return;
    const end = Math.floor(Date.now() / 1_000);
    const parameters = {
      query,
      start: String(end - HOUR_SECONDS),
      end: String(end),
      step: String(STEP_SECONDS),
    };
    setText(this.#status, 'Asking …');
    try {
      const { data } = await read<Answer>('query_range', parameters);
      await this.#show(data.result, end);
    } catch (error) {
      this.#place.hidden = true;
      setText(this.#status, error instanceof Error ? error.message : String(error));
    }
  }

  async #show(result: Answer['data']['result'], end: number): Promise<void> {
    const shown = result.slice(0, MOST_LINES);
    this.#place.hidden = shown.length === 0;
    const more = result.length - shown.length;
    const count = result.length === 1 ? '1 series' : `${result.length} series`;
    const rest = more > 0 ? `, the first ${MOST_LINES} are drawn` : '';
    setText(this.#status, result.length === 0 ? 'No series in the last hour.' : count + rest);
    if (shown.length === 0) return;
    const times = Array.from(
      { length: HOUR_SECONDS / STEP_SECONDS + 1 },
      (_, i) => end - HOUR_SECONDS + i * STEP_SECONDS,
    );
    const lines = shown.map(({ metric, values }): ChartLine => {
      const byTime = new Map(values.map(([time, value]) => [time, Number(value)]));
      return { label: labelOf(metric), values: times.map((it) => byTime.get(it) ?? null) };
    });
    const { drawLines } = await import('../details/chart.js');
    drawLines(this.#place, { times, lines, unit: 'number' });
  }
}

function labelOf({ __name__: name = '', ...labels }: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels)
    .filter(([key]) => !['service', 'environment'].includes(key))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? name || 'value' : `${name}{${pairs.join(', ')}}`;
}
