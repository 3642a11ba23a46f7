import { el } from './dom.js';

const SHOWN_MS = 2_500;
const LONG_MS = 12_000;

const showing: { timer?: number } = {};

/** Shows a message for a moment, and to screen readers. */
export function toast(...content: (Node | string)[]): void {
  const place = document.getElementById('toast') ?? document.body.appendChild(newToast());
  place.replaceChildren(...content);
  place.hidden = false;
  window.clearTimeout(showing.timer);
  const isLong = content.some((it) => typeof it !== 'string');
  showing.timer = window.setTimeout(() => (place.hidden = true), isLong ? LONG_MS : SHOWN_MS);
}

function newToast(): HTMLElement {
  return el('div', { id: 'toast', class: 'toast', role: 'status', 'aria-live': 'polite' });
}

/** Copies a text; where the browser refuses, it shows the text selected. */
export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(`Copied ${what}: ${text.length > 90 ? `${text.slice(0, 90)}…` : text}`);
  } catch {
    const input = el('input', { readonly: true, 'aria-label': what });
    input.value = text;
    toast(`Copy ${what}: `, input);
    input.select();
  }
}

/** Returns PromQL for the labels of a row. */
export function promqlFor(template: string, labels: Readonly<Record<string, string>> = {}): string {
  const matchers = Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',');
  return template
    .replaceAll('{$labels}', () => (matchers === '' ? '' : `{${matchers}}`))
    .replaceAll('$labels', () => (matchers === '' ? '' : `${matchers},`));
}
