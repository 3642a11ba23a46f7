import { numberText, rateText } from '../../quantity.format.js';
import type { BreakerRow, CheckRow, LiveState, PoolRow } from '../../state/live-state.js';
import type { FullFrame } from '../../stream/frames.js';
import { copy, promqlFor } from '../copying.js';
import { el, onChange, section } from '../dom.js';
import { pill, timeText, type Tone } from '../words.js';

type Row = readonly [
  name: string,
  mark: Node,
  text: string,
  more: string,
  promql?: string | undefined,
];

/** Health checks, pools and circuit breakers. */
export class ResourceSection {
  readonly root: HTMLElement;
  readonly #render: (data: Shown) => void;

  constructor() {
    const { root, body, note } = section('Health', '', 'section-health');
    this.root = root;
    this.#render = onChange(({ checks, pools, breakers, store, expressions }) => {
      const bad = checks.filter(({ level }) => level !== 'ok').length;
      const of = `${checks.length} checks`;
      note.textContent =
        checks.length === 0 ? '' : bad === 0 ? `all ${of} are up` : `${bad} of ${of} are not up`;
      const rows = [
        ...checks.map(checkRow),
        ...pools.map((it) => poolRow(it, expressions['pools'])),
        ...breakers.map((it) => breakerRow(it, expressions['breakers'])),
        ...storeRows(store, expressions['store']),
      ];
      body.replaceChildren(rows.length === 0 ? hint() : table(rows));
    });
  }

  update({ state: { checks, pools, breakers, store }, expressions }: FullFrame): void {
    this.#render({ checks, pools, breakers, store, expressions });
  }
}

type Shown = Pick<LiveState, 'checks' | 'pools' | 'breakers' | 'store'> &
  Pick<FullFrame, 'expressions'>;
type Group = Readonly<Record<string, string>> | undefined;

function table(rows: readonly Row[]): HTMLElement {
  const lines = rows.map(([name, mark, text, more, promql]) => {
    const value =
      promql === undefined
        ? text
        : el(
            'button',
            {
              class: 'num',
              type: 'button',
              title: `Copy PromQL: ${promql}`,
              on: { click: () => void copy(promql, 'PromQL') },
            },
            text,
          );
    return el(
      'tr',
      {},
      el('th', { scope: 'row', class: 'l' }, name),
      el('td', { class: 'l' }, mark),
      el('td', { class: 'l muted wrap' }, value),
      el('td', { class: 'l muted' }, more),
    );
  });
  return el(
    'table',
    { 'aria-label': 'Health checks and resources', class: 'stacked' },
    el('tbody', {}, ...lines),
  );
}

const WORDS: Readonly<Record<CheckRow['level'], string>> = {
  ok: 'up',
  degraded: 'degraded',
  down: 'down',
};

function checkRow({ name, level, text, sinceMs }: CheckRow): Row {
  const tone: Tone = level === 'ok' ? 'ok' : level === 'degraded' ? 'warn' : 'bad';
  // A check that was never down is up since it was first asked, which tells nothing.
  const since = sinceMs === undefined || level === 'ok' ? '' : `since ${timeText(sinceMs)}`;
  return [name, pill(WORDS[level], tone), text, since];
}

function poolRow({ name, used, max, pending }: PoolRow, group: Group): Row {
  const isFull = used !== undefined && max !== undefined && used >= max;
  const waiting = pending === undefined ? '' : `${numberText(pending)} waiting`;
  const text = `${numberText(used)} of ${numberText(max)}`;
  const promql = promqlFor(group?.['used'] ?? '', { pool: name });
  return [
    `pool ${name}`,
    pill(text, isFull ? 'warn' : 'ok'),
    waiting || 'connections in use',
    '',
    promql,
  ];
}

function breakerRow({ name, state, opened }: BreakerRow, group: Group): Row {
  const text = opened === 0 ? 'did not open in 15 min' : `opened ${numberText(opened)} × in 15 min`;
  return [
    `breaker ${name}`,
    pill(state),
    text,
    '',
    promqlFor(group?.['state'] ?? '', { breaker: name }),
  ];
}

function storeRows({ written, read, conflicts, streams }: LiveState['store'], group: Group): Row[] {
  if (written === undefined && read === undefined && streams === undefined) return [];
  const facts = [
    ...(read === undefined ? [] : [`${rateText(read)} read`]),
    ...(conflicts ? [`${rateText(conflicts)} conflicts`] : []),
    ...(streams === undefined ? [] : [`${numberText(streams)} streams`]),
  ];
  const mark = pill(`${rateText(written)} written`, 'ok');
  return [['events', mark, facts.join(' · '), '', group?.['written']]];
}

function hint(): HTMLElement {
  const text =
    'No health check is known. Install @nestjs/terminus, or add checks in the option health.';
  return el('p', { class: 'hint' }, text);
}
