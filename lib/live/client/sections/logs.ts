import { read } from '../connection.js';
import { el, onChange, section } from '../dom.js';
import { clockText, pill, type Tone } from '../words.js';

interface Line {
  readonly timeMs: number;
  readonly level: string;
  readonly target: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly traceId?: string;
}

const LEVELS = ['error', 'warn', 'info', 'debug', 'trace'];
const EVERY_MS = 4_000;
const TRACE_DIGITS = 8;
const MOST_TEXT = 240;
const TONES: Readonly<Record<string, Tone>> = {
  error: 'bad',
  fatal: 'bad',
  warn: 'warn',
  info: 'ok',
};

/** The newest log lines, by level, text and trace. They are read while they are in view. */
export class LogSection {
  readonly root: HTMLElement;
  readonly #level = el('select', { 'aria-label': 'Lowest level' });
  readonly #text = el('input', {
    type: 'search',
    'aria-label': 'Text in the line',
  });
  readonly #trace = el('input', {
    type: 'search',
    'aria-label': 'Trace id',
  });
  readonly #render: (lines: readonly Line[]) => void;
  #isInView = false;
  #isPaused = false;

  constructor() {
    const { root, body } = section('Log lines', 'newest first', 'section-logs');
    this.root = root;
    this.#level.append(...LEVELS.map((it) => el('option', { value: it }, `${it} and above`)));
    this.#level.value = 'info';
    const form = el(
      'form',
      { class: 'row' },
      this.#level,
      el('label', {}, 'Text ', this.#text),
      el('label', {}, 'Trace id ', this.#trace),
    );
    const list = el('div', {
      class: 'scroll',
      tabindex: '0',
      role: 'region',
      'aria-label': 'Lines',
    });
    body.replaceWith(form, list);
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('input', () => void this.refresh());
    this.#render = onChange((lines) =>
      list.replaceChildren(lines.length === 0 ? hint() : table(lines)),
    );
    new IntersectionObserver(([entry]) => {
      this.#isInView = entry?.isIntersecting === true;
      if (this.#isInView) void this.refresh();
    }).observe(root);
    window.setInterval(() => {
      if (this.#isInView && !this.#isPaused && !document.hidden) void this.refresh();
    }, EVERY_MS);
  }

  /** Shows the lines of a trace. */
  showTrace(traceId: string): void {
    this.#trace.value = traceId;
    this.#level.value = 'trace';
    this.root.scrollIntoView({ block: 'start' });
    void this.refresh();
  }

  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
  }

  update(hasLogs: boolean): void {
    this.root.hidden = !hasLogs;
  }

  async refresh(): Promise<void> {
    if (this.root.hidden) return;
    const [level, text, trace] = [this.#level.value, this.#text.value, this.#trace.value.trim()];
    const found = await read<{ lines: readonly Line[] }>('logs', { level, text, trace }).catch(
      () => undefined,
    );
    if (found !== undefined) this.#render(found.lines);
  }
}

/** Creates a table of lines. */
function table(lines: readonly Line[]): HTMLElement {
  const rows = lines.map(({ timeMs, level, target, message, fields, traceId }) =>
    el(
      'tr',
      {},
      el('td', { class: 'l muted' }, clockText(timeMs)),
      el('td', { class: 'l' }, pill(level, TONES[level] ?? 'neutral')),
      el('td', { class: 'l muted' }, target.replace(/^eventcore::/, '')),
      el(
        'td',
        { class: 'l wrap' },
        message,
        ' ',
        el('span', { class: 'muted' }, factsText(fields)),
      ),
      el('td', { class: 'l' }, traceId !== undefined && traceLink(traceId)),
    ),
  );
  return el('table', { 'aria-label': 'Log lines', class: 'stacked' }, el('tbody', {}, ...rows));
}

function traceLink(traceId: string): HTMLElement {
  return el('a', { href: `#trace=${traceId}`, title: traceId }, traceId.slice(0, TRACE_DIGITS));
}

/** Facts in one line, without what the message or the trace shows. */
function factsText(fields: Readonly<Record<string, unknown>>): string {
  const text = Object.entries(fields)
    .filter(([name]) => name !== 'error_stack')
    .map(
      ([name, value]) =>
        `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    )
    .join(' ');
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}…`;
}

function hint(): HTMLElement {
  const text = 'No line matches. Lines are kept with logging({ store: true }).';
  return el('p', { class: 'hint' }, text);
}
