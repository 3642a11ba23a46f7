import { numberText, rateText, secondsText, shareText } from '../../quantity.format.js';
import type { Hour, Tile, TileName } from '../../state/live-state.js';
import type { FullFrame } from '../../stream/frames.js';
import { copy } from '../copying.js';
import { el, setAttribute, setText } from '../dom.js';
import { Sparkline } from '../sparkline.js';
import { timeText } from '../words.js';

interface TileForm {
  readonly title: string;
  readonly color: string;
  readonly floor: number;
  text(value: number | undefined): string;
}

const FORMS: Readonly<Record<TileName, TileForm>> = {
  rate: { title: 'Commands', color: 's1', floor: 1, text: rateText },
  failing: { title: 'Failing', color: 's2', floor: 0.05, text: shareText },
  p95: { title: 'p95 latency', color: 's1', floor: 0.05, text: secondsText },
  oldest: { title: 'Oldest unprocessed event', color: 's3', floor: 10, text: secondsText },
  loop: { title: 'Event loop delay p99', color: 's1', floor: 0.05, text: secondsText },
};

/** The five numbers, with an hour of history. */
export class TilesView {
  readonly root = el('div', { class: 'tiles' });
  readonly #tiles = new Map<TileName, ReturnType<typeof newTile>>();
  #expressions: Readonly<Record<string, string>> = {};

  constructor() {
    for (const name of Object.keys(FORMS) as TileName[]) {
      const tile = newTile(FORMS[name], () => void copy(this.#expressions[name] ?? '', 'PromQL'));
      this.#tiles.set(name, tile);
      this.root.append(tile.root);
    }
  }

  update({ state: { tiles, hour }, expressions }: FullFrame): void {
    this.#expressions = expressions['tiles'] ?? {};
    for (const it of tiles) {
      const { value, note, spark, root } = this.#tiles.get(it.name)!;
      const { text } = FORMS[it.name];
      setText(value, shownValue(it, text(it.value)));
      setText(note, noteOf(it, hour, text));
      setAttribute(root, 'title', `Copy PromQL: ${this.#expressions[it.name] ?? ''}`);
      spark.update(withNow(hour.points[it.name], it.value));
    }
  }
}

function newTile({ title, color, floor }: TileForm, copyIt: () => void) {
  const value = el('span', { class: 'v' }, '–');
  const note = el('span', { class: 't' });
  const spark = new Sparkline({ width: 200, height: 34, color, floor, filled: true });
  const root = el(
    'button',
    { class: 'tile', type: 'button', on: { click: copyIt } },
    el('span', { class: 'k' }, title),
    value,
    note,
    spark.root,
  );
  return { root, value, note, spark };
}

/** The slot that grows has the value of now. */
function withNow(points: readonly (number | null)[], value: number | undefined) {
  return [...points.slice(0, -1), value ?? null];
}

function shownValue({ name, value, note }: Tile, text: string): string {
  if (value !== undefined) return text;
  return name === 'oldest' && note.startsWith('unknown') ? 'unknown' : '–';
}

function noteOf(
  { value, before, changedMs, note, name }: Tile,
  hour: Hour,
  text: TileForm['text'],
): string {
  if (value === undefined) return note || missing(name);
  if (before === undefined || changedMs === undefined) return note || steady(hour, name);
  const isUp = value > before;
  const since = changedMs <= hour.startMs ? '' : ` at ${timeText(changedMs)}`;
  const change = `${isUp ? '▲' : '▼'} from ${text(before)}${since}`;
  return name === 'oldest' ? `${note} · ${change}` : change;
}

function steady({ points, stepMs }: Hour, name: TileName): string {
  const known = points[name].filter((it) => it !== null).length;
  const minutes = Math.floor((known * stepMs) / 60_000);
  return minutes < 5 ? 'measured for less than 5 min' : `steady over ${numberText(minutes)} min`;
}

function missing(name: TileName): string {
  return name === 'oldest' ? 'no projection' : 'no command in 5 min';
}
