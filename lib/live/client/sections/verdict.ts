import type { Reason, Verdict } from '../../state/live-state.js';
import { toast } from '../copying.js';
import { el, onChange } from '../dom.js';
import { pill, timeText } from '../words.js';

const WORDS: Readonly<Record<Verdict['level'], string>> = {
  healthy: 'Healthy.',
  degraded: 'Degraded.',
  failing: 'Failing.',
  idle: 'Idle.',
};
const MOST_NAMES = 5;
const SILENCE_MS = '3600000';

/** Says how the service is, and why it is not well. */
export class VerdictView {
  readonly root = el('div', {
    class: 'verdict idle',
    role: 'status',
    id: 'content',
    tabindex: '-1',
  });
  readonly #update = onChange(({ verdict, canSilence }: Shown) => {
    const { level, text, reasons } = verdict;
    this.root.className = `verdict ${level}`;
    const list = el('ul', {}, ...reasons.map((it) => reasonView(it, canSilence)));
    const title = el('p', {}, el('b', {}, WORDS[level]), ' ', text);
    this.root.replaceChildren(title, ...(reasons.length > 0 ? [list] : []));
  });

  update(verdict: Verdict, canSilence: boolean): void {
    this.#update({ verdict, canSilence });
  }

  /** Says why there is nothing to say. */
  replace(title: string, text: string): void {
    this.#update({ verdict: { level: 'idle', text, reasons: [] }, canSilence: false });
    this.root.replaceChildren(el('p', {}, el('b', {}, title), ' ', text));
  }
}

interface Shown {
  readonly verdict: Verdict;
  readonly canSilence: boolean;
}

function reasonView(reason: Reason, canSilence: boolean): HTMLElement {
  const { level, alert, about, others = [], text, state, sinceMs, link, silence } = reason;
  const name =
    link === undefined ? el('b', {}, about) : el('a', { href: `#${link}` }, el('b', {}, about));
  const times = [state, sinceMs === undefined ? undefined : `since ${timeText(sinceMs)}`];
  const more = others.length === 0 ? undefined : `also ${others.slice(0, MOST_NAMES).join(', ')}`;
  const facts = [text, more, ...times].filter((it) => it !== undefined).join(' · ');
  if (alert === undefined) return el('li', {}, pill('unusual', 'note'), ' ', name, ` ${facts}`);
  const runbook = el('a', { href: `./runbooks/${encodeURIComponent(alert)}` }, 'runbook');
  const silencing = canSilence && silence !== undefined && silenceButton(silence);
  return el('li', {}, pill(alert, level), ' ', name, ` ${facts} · `, runbook, silencing);
}

function silenceButton(labels: Readonly<Record<string, string>>): HTMLElement {
  const silence = async () => {
    const query = new URLSearchParams({ ...labels, forMs: SILENCE_MS }).toString();
    const answer = await fetch(`./silence?${query}`, { method: 'POST' }).catch(() => undefined);
    toast(answer?.ok ? 'Silenced for an hour.' : 'The alert could not be silenced.');
  };
  const on = { click: () => void silence() };
  return el('button', { type: 'button', class: 'small', on }, 'silence 1 h');
}
