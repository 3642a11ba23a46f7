import { numberText, rateText, secondsText, shareText } from '../../quantity.format.js';
import type { CallTable } from '../../state/live-metrics.js';
import type { CallRow } from '../../state/live-state.js';
import type { CallThresholds } from '../../state/thresholds.js';
import type { FullFrame } from '../../stream/frames.js';
import { el, section, setText } from '../dom.js';
import { Sparkline } from '../sparkline.js';
import { type Cell, type Column, Table } from '../table.js';

/** Subject of a table of calls. */
export interface CallForm {
  readonly table: CallTable;
  readonly title: string;
  readonly column: string;
  readonly remark: string;
  /** Next step when there are no rows; a table without one is hidden then. */
  readonly hint?: string;
  readonly rejectedHint?: string;
}

type Limits = Pick<CallThresholds, 'failing' | 'p95' | 'calls'> | undefined;

/** A table of calls, sorted by trouble. */
export class CallSection {
  readonly root: HTMLElement;
  readonly #form: CallForm;
  readonly #table: Table<CallRow>;
  readonly #empty: HTMLElement;
  readonly #note: HTMLElement;
  #expressions: Readonly<Record<string, string>> = {};
  #limits: Limits;

  constructor(form: CallForm, open: (row: CallRow) => void) {
    const { root, body, note } = section(form.title, form.remark, `section-${form.table}`);
    this.#form = form;
    this.root = root;
    this.#note = note;
    this.#table = new Table({
      label: form.title,
      columns: columnsOf(form, () => this.#limits),
      keyOf: ({ name }) => name,
      trouble: (row) => troubleOf(row, this.#limits),
      expressions: () => this.#expressions,
      labelsOf: ({ labels }) => labels,
      open,
    });
    this.#empty = el('p', { class: 'hint' }, form.hint ?? '');
    body.append(this.#empty, this.#table.root);
  }

  update({ state, expressions, limits }: FullFrame): void {
    const { table, hint, remark } = this.#form;
    const rows = state[table];
    this.#expressions = expressions[table] ?? {};
    this.#limits = limits[table];
    const isEmpty = rows.length === 0;
    this.root.hidden = isEmpty && hint === undefined;
    this.#empty.hidden = !isEmpty;
    this.#table.root.hidden = isEmpty;
    const left = state.left[table];
    setText(
      this.#note,
      left === undefined ? remark : `${remark} · ${numberText(left)} quiet rows are left out`,
    );
    this.#table.update(rows);
  }
}

/** Rows that are over a limit come first, then those with most failures, then the busy ones. */
function troubleOf({ calls, failing = 0, p95 = 0, rate }: CallRow, limits: Limits): number {
  const isJudged = limits !== undefined && calls >= limits.calls;
  const overErrors = isJudged && failing > limits.failing ? 1e9 * (1 + failing) : 0;
  const overTime = isJudged && p95 > limits.p95 ? 1e6 * (1 + p95) : 0;
  return overErrors + overTime + calls * failing * 10 + rate;
}

type LimitsOf = () => Limits;

function columnsOf(form: CallForm, limits: LimitsOf): Column<CallRow>[] {
  const { table, column, rejectedHint = '' } = form;
  return [
    { title: column, left: true, cell: ({ name }) => ({ text: name, sort: name }) },
    {
      title: 'rate',
      promql: 'rate',
      hint: 'finished, per second',
      cell: ({ rate }) => number(rate, rateText(rate)),
    },
    { title: '15 min', left: true, chart: true, element: () => rateLine() },
    failingColumn(limits),
    ...when(['commands', 'routes', 'operations'].includes(table), {
      title: table === 'routes' ? '4xx' : 'rejected',
      hint: rejectedHint,
      promql: 'rejected',
      cell: ({ rejected }) => number(rejected, shareText(rejected), 'muted'),
    }),
    timeColumn('p50', limits),
    timeColumn('p95', limits),
    timeColumn('p99', limits),
    ...when(['commands', 'queries', 'jobs'].includes(table), {
      title: 'in flight',
      promql: 'in flight',
      cell: ({ inFlight }) => number(inFlight, numberText(inFlight)),
    }),
    ...when(['commands', 'jobs'].includes(table), {
      title: 'retries',
      promql: 'retries',
      cell: ({ retries }) => number(retries, rateText(retries)),
    }),
  ];
}

function when(holds: boolean, column: Column<CallRow>): Column<CallRow>[] {
  return holds ? [column] : [];
}

function number(value: number | undefined, text: string, cls?: string): Cell {
  return { text, sort: value, class: value === undefined ? 'muted' : cls };
}

function isJudged({ calls }: CallRow, limits: Limits): limits is NonNullable<Limits> {
  return limits !== undefined && calls >= limits.calls;
}

function failingColumn(limits: LimitsOf): Column<CallRow> {
  const cell = (row: CallRow) => {
    const { failing = 0 } = row;
    const most = limits();
    const isOver = isJudged(row, most) && failing > most.failing;
    return number(row.failing, shareText(row.failing), isOver ? 'over' : undefined);
  };
  return { title: 'failing', promql: 'failing', cell };
}

function timeColumn(title: 'p50' | 'p95' | 'p99', limits: LimitsOf): Column<CallRow> {
  const cell = (row: CallRow) => {
    const value = row[title];
    const most = limits();
    const isOver = title === 'p95' && isJudged(row, most) && (value ?? 0) > most.p95;
    const prefix = row.over === true && title === 'p99' ? '> ' : '';
    return number(value, prefix + secondsText(value), isOver ? 'over' : undefined);
  };
  return { title, promql: title, cell };
}

function rateLine() {
  const spark = new Sparkline({ width: 96, height: 20, color: 's1', floor: 0.2 });
  return { root: spark.root, update: (row: CallRow) => spark.update(row.spark) };
}
