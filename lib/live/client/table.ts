import { copy, promqlFor } from './copying.js';
import { el, setAttribute, setText } from './dom.js';

/** Content of a cell. */
export interface Cell {
  readonly text: string;
  /** Value to sort by; a cell without one comes last. */
  readonly sort?: number | string | undefined;
  readonly class?: string | undefined;
}

/** Column of a table. */
export interface Column<T> {
  readonly title: string;
  readonly left?: boolean;
  /** True for a chart, which narrow screens leave out. */
  readonly chart?: boolean;
  /** Explains the column. */
  readonly hint?: string;
  /** Name of the number among the expressions. */
  readonly promql?: string;
  cell?(row: T): Cell;
  /** Element that is kept and updated. */
  element?(): { readonly root: Node; update(row: T): void };
}

/** Settings of a table. */
export interface TableOptions<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  keyOf(row: T): string;
  /** The greater, the higher up; the order until a column is chosen. */
  trouble(row: T): number;
  /** Expressions by column, once known. */
  expressions(): Readonly<Record<string, string>>;
  labelsOf(row: T): Readonly<Record<string, string>>;
  open?(row: T): void;
}

interface Line<T> {
  readonly root: HTMLTableRowElement;
  readonly updates: readonly ((row: T) => void)[];
  row: T;
}

/** A table whose rows are updated in place. It can be sorted by each column, and keeps its order under the pointer. */
export class Table<T> {
  readonly root: HTMLTableElement;
  readonly #options: TableOptions<T>;
  readonly #body = el('tbody');
  readonly #lines = new Map<string, Line<T>>();
  readonly #heads: HTMLTableCellElement[];
  #sorted: { readonly column: number; readonly direction: 1 | -1 } | undefined;

  constructor(options: TableOptions<T>) {
    this.#options = options;
    this.#heads = options.columns.map((it, i) => this.#head(it, i));
    const head = el('thead', {}, el('tr', {}, ...this.#heads));
    this.root = el('table', { 'aria-label': options.label }, head, this.#body);
    this.#body.addEventListener('keydown', moveFocus);
    // The order that was put off under the pointer.
    this.#body.addEventListener('pointerleave', () => this.#arrange());
  }

  update(rows: readonly T[]): void {
    const keys = new Set<string>();
    for (const row of rows) {
      const key = this.#options.keyOf(row);
      keys.add(key);
      let line = this.#lines.get(key);
      if (line === undefined) this.#lines.set(key, (line = this.#newLine(row)));
      line.row = row;
      for (const it of line.updates) it(row);
    }
    for (const [key, { root }] of this.#lines) {
      if (keys.has(key)) continue;
      this.#lines.delete(key);
      root.remove();
    }
    const isNew = this.#body.childElementCount !== this.#lines.size;
    const isTouched = this.#body.matches(':hover') || this.#body.contains(document.activeElement);
    if (isNew || !isTouched) this.#arrange();
  }

  #head(column: Column<T>, index: number): HTMLTableCellElement {
    const isSortable = column.cell !== undefined;
    const button = el(
      'button',
      {
        class: 'sort',
        type: 'button',
        title: column.hint,
        on: { click: () => this.#sortBy(index) },
      },
      column.title,
    );
    const content = isSortable ? button : column.title;
    return el('th', { scope: 'col', class: classOf(column) }, content);
  }

  #sortBy(column: number): void {
    const before = this.#sorted;
    if (before?.column !== column) this.#sorted = { column, direction: -1 };
    else this.#sorted = before.direction === -1 ? { column, direction: 1 } : undefined;
    for (const [i, it] of this.#heads.entries()) {
      const direction = this.#sorted?.direction === 1 ? 'ascending' : 'descending';
      setAttribute(it, 'aria-sort', this.#sorted?.column === i ? direction : undefined);
    }
    this.#arrange();
  }

  #arrange(): void {
    const lines = [...this.#lines.values()].toSorted((a, b) => this.#compare(a.row, b.row));
    for (const [i, { root }] of lines.entries()) {
      const there = this.#body.children[i];
      if (there !== root) this.#body.insertBefore(root, there ?? null);
    }
  }

  #compare(a: T, b: T): number {
    const { keyOf, trouble, columns } = this.#options;
    const names = keyOf(a) < keyOf(b) ? -1 : 1;
    if (this.#sorted === undefined) return trouble(b) - trouble(a) || names;
    const { column, direction } = this.#sorted;
    const [left, right] = [a, b].map((it) => columns[column]!.cell!(it).sort);
    if (left === undefined || right === undefined) {
      return left === right ? names : left === undefined ? 1 : -1;
    }
    return left === right ? names : (left < right ? -1 : 1) * direction;
  }

  #newLine(row: T): Line<T> {
    const updates: ((row: T) => void)[] = [];
    const root = el('tr');
    const line: Line<T> = { root, updates, row };
    for (const [i, column] of this.#options.columns.entries()) {
      const { element, update } = this.#newCell(column, i === 0, line);
      root.append(element);
      updates.push(update);
    }
    return line;
  }

  #newCell(column: Column<T>, isFirst: boolean, line: Line<T>) {
    const own = column.element?.();
    const tag = isFirst ? 'th' : 'td';
    const element = el(tag, { class: classOf(column), scope: isFirst && 'row' });
    if (own !== undefined) {
      element.append(own.root);
      return { element, update: (row: T) => own.update(row) };
    }
    const content = this.#content(column, isFirst, line);
    element.append(content);
    const update = (row: T) => {
      const cell = column.cell!(row);
      setText(content, cell.text);
      setAttribute(
        element,
        'class',
        [classOf(column) ?? '', cell.class ?? ''].join(' ').trim() || undefined,
      );
    };
    return { element, update };
  }

  /** The name opens the row; a number copies its PromQL. */
  #content({ promql, title }: Column<T>, isFirst: boolean, line: Line<T>): HTMLElement {
    const { open, labelsOf, expressions } = this.#options;
    if (isFirst && open !== undefined) {
      return el('button', { class: 'name', type: 'button', on: { click: () => open(line.row) } });
    }
    if (promql === undefined) return el('span', isFirst ? { class: 'name' } : {});
    const expression = () => promqlFor(expressions()[promql] ?? '', labelsOf(line.row));
    const button = el('button', {
      class: 'num',
      type: 'button',
      tabindex: '-1',
      on: {
        click: () => void copy(expression(), `PromQL of ${title}`),
        pointerenter: () => setAttribute(button, 'title', `Copy PromQL: ${expression()}`),
      },
    });
    return button;
  }
}

function classOf({ left, chart }: Pick<Column<unknown>, 'left' | 'chart'>): string | undefined {
  if (chart) return left ? 'l wide-only' : 'wide-only';
  return left ? 'l' : undefined;
}

/** Arrows move among the cells of a row and among rows; only the names are reached with Tab. */
function moveFocus(event: KeyboardEvent): void {
  const cell = (event.target as Element).closest('td,th');
  const row = cell?.parentElement;
  if (!cell || !row) return;
  const index = [...row.children].indexOf(cell);
  const targets: Readonly<Record<string, Element | null | undefined>> = {
    ArrowRight: nextButton(cell, 'nextElementSibling'),
    ArrowLeft: nextButton(cell, 'previousElementSibling'),
    ArrowDown: row.nextElementSibling?.children[index]?.querySelector('button'),
    ArrowUp: row.previousElementSibling?.children[index]?.querySelector('button'),
  };
  const target = targets[event.key];
  if (!(target instanceof HTMLElement)) return;
  event.preventDefault();
  target.focus();
}

function nextButton(
  cell: Element,
  step: 'nextElementSibling' | 'previousElementSibling',
): Element | null {
  for (let it = cell[step]; it !== null; it = it[step]) {
    const button = it.querySelector('button');
    if (button !== null) return button;
  }
  return null;
}
