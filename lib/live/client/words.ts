import { el } from './dom.js';

const CLOCK = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const DAY_MS = 86_400_000;

/** Returns a time of the day with seconds. */
export function clockText(ms: number): string {
  return CLOCK.format(ms);
}

/** Returns a time as it is said: `14:03` today, else with its day. */
export function timeText(ms: number): string {
  const isFar = Math.abs(Date.now() - ms) > DAY_MS / 2 && DAY.format(ms) !== DAY.format(Date.now());
  const time = CLOCK.format(ms).slice(0, 5);
  return isFar ? `${DAY.format(ms)} ${time}` : time;
}

/** Tone of a state; each has a shape beside its colour. */
export type Tone = 'ok' | 'warn' | 'bad' | 'note' | 'neutral';

const TONES: Readonly<Record<string, Tone>> = {
  ok: 'ok',
  live: 'ok',
  closed: 'ok',
  healthy: 'ok',
  starting: 'neutral',
  rebuilding: 'neutral',
  paused: 'note',
  stopped: 'note',
  idle: 'note',
  degraded: 'warn',
  catching_up: 'warn',
  unknown: 'warn',
  pending: 'warn',
  'half open': 'warn',
  warn: 'warn',
};

/** Returns the tone of a state; an unknown one is bad. */
export function toneOf(state: string): Tone {
  return TONES[state] ?? 'bad';
}

/** Creates the mark of a state: shape, colour and word. */
export function pill(state: string, tone: Tone = toneOf(state)): HTMLElement {
  return el('span', { class: `pill ${tone}` }, state.replaceAll('_', ' '));
}
