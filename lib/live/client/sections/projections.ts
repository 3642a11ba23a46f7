import { numberText, rateText, secondsText, shareText } from '../../quantity.format.js';
import type { ProjectionRow } from '../../state/live-state.js';
import type { FullFrame } from '../../stream/frames.js';
import { el, section, setAttribute } from '../dom.js';
import { Sparkline } from '../sparkline.js';
import { type Cell, type Column, Table } from '../table.js';
import { pill, timeText, toneOf } from '../words.js';

const HINT =
  'No projection is known. Decorate its handler with @Projection(), and give the progress a head and a checkpoint source to see its lag.';
const LATE_SECONDS = 60;
const WEIGHTS: Readonly<Record<string, number>> = {
  bad: 1e12,
  warn: 1e9,
  neutral: 1e6,
  ok: 0,
};

/** States and lags of the projections. */
export class ProjectionSection {
  readonly root: HTMLElement;
  readonly #table: Table<ProjectionRow>;
  readonly #empty = el('p', { class: 'hint' }, HINT);
  #expressions: Readonly<Record<string, string>> = {};

  constructor() {
    const { root, body } = section('Projections', 'now', 'section-projections');
    this.root = root;
    this.#table = new Table({
      label: 'Projections',
      columns,
      keyOf: ({ name }) => name,
      trouble: ({ state, lagSeconds = 0 }) => WEIGHTS[toneOf(state)]! + lagSeconds,
      expressions: () => this.#expressions,
      labelsOf: ({ name }) => ({ projection_name: name }),
    });
    body.append(this.#empty, this.#table.root);
  }

  update({ state: { projections }, expressions }: FullFrame): void {
    this.#expressions = expressions['projections'] ?? {};
    this.#empty.hidden = projections.length > 0;
    this.#table.root.hidden = projections.length === 0;
    this.#table.update(projections);
  }
}

const columns: readonly Column<ProjectionRow>[] = [
  { title: 'projection', left: true, cell: ({ name }) => ({ text: name, sort: name }) },
  { title: 'state', left: true, element: stateView },
  {
    title: 'behind',
    promql: 'behind',
    cell: (row) => unknownOr(row, row.lagSeconds, secondsText(row.lagSeconds)),
  },
  {
    title: 'events',
    promql: 'events',
    hint: 'events that are not applied',
    cell: (row) => ({
      ...unknownOr(row, row.lagEvents, numberText(row.lagEvents)),
      class: undefined,
    }),
  },
  { title: '15 min', left: true, chart: true, element: progressView },
  {
    title: 'applied',
    promql: 'applied',
    cell: ({ applied }) => number(applied, rateText(applied)),
  },
  {
    title: 'arriving',
    promql: 'arriving',
    cell: ({ arriving }) => number(arriving, rateText(arriving)),
  },
  {
    title: 'errors',
    promql: 'errors',
    hint: 'in five minutes',
    cell: ({ errors }) => number(errors, numberText(errors), errors > 0 ? 'over' : undefined),
  },
  {
    title: 'position / head',
    promql: 'position',
    cell: ({ position = '–', head = '–' }) => ({ text: `${position} / ${head}` }),
  },
  { title: 'note', left: true, element: noteView },
];

function number(value: number | undefined, text: string, cls?: string): Cell {
  return { text, sort: value, class: value === undefined ? 'muted' : cls };
}

/** Unknown is a word; a projection without a head source has nothing to say. */
function unknownOr({ state }: ProjectionRow, value: number | undefined, text: string): Cell {
  if (value === undefined) return { text: state === 'unknown' ? 'unknown' : '–', class: 'muted' };
  return number(value, text, value >= LATE_SECONDS && state !== 'rebuilding' ? 'over' : undefined);
}

function stateView() {
  const root = el('span');
  let shown = '';
  const update = ({ state }: ProjectionRow) => {
    if (state === shown) return;
    shown = state;
    root.replaceChildren(pill(state));
  };
  return { root, update };
}

/** The lag of the last minutes; while it is rebuilt, how far it is. */
function progressView() {
  const spark = new Sparkline({ width: 96, height: 20, color: 's3', floor: 5 });
  const bar = el('progress', { max: '1', 'aria-label': 'rebuilt' });
  const root = el('span', {}, spark.root, bar);
  const update = ({ rebuilt, spark: points }: ProjectionRow) => {
    bar.hidden = rebuilt === undefined;
    setAttribute(spark.root, 'hidden', rebuilt === undefined ? undefined : '');
    if (rebuilt === undefined) spark.update(points);
    else {
      bar.value = rebuilt;
      setAttribute(bar, 'title', shareText(rebuilt));
    }
  };
  return { root, update };
}

function noteView() {
  const root = el('span', { class: 'muted note' });
  const update = ({ note }: ProjectionRow) => {
    const since = note?.sinceMs === undefined ? '' : ` since ${timeText(note.sinceMs)}`;
    const text = note === undefined ? '' : `${note.text}${since}`;
    if (root.textContent !== text) root.textContent = text;
  };
  return { root, update };
}
