import { setAttribute, svg } from './dom.js';

/** Form of a sparkline. */
export interface SparklineOptions {
  readonly width: number;
  readonly height: number;
  /** Name of the colour, a variable of the style sheet. */
  readonly color: string;
  /** Value to which the scale reaches at least, so that noise around zero is flat. */
  readonly floor: number;
  readonly filled?: boolean;
}

type Points = readonly (number | null)[];

/** A line of values; where nothing is known, it has a gap. */
export class Sparkline {
  readonly root: SVGElement;
  readonly #options: SparklineOptions;
  readonly #line: SVGElement;
  readonly #area: SVGElement | undefined;
  #last: Points | undefined;

  constructor(options: SparklineOptions) {
    const { width, height, color, filled } = options;
    this.#options = options;
    this.root = svg('svg', {
      viewBox: `0 0 ${width} ${height}`,
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
      class: `spark ${color}`,
    });
    this.#line = svg('path', { class: 'line' });
    if (filled) {
      this.#area = svg('path', { class: 'area' });
      this.root.append(this.#area);
    }
    this.root.append(this.#line);
  }

  update(points: Points): void {
    if (points === this.#last) return;
    this.#last = points;
    const runs = runsOf(points, this.#options);
    setAttribute(this.root, 'hidden', runs.length === 0 ? '' : undefined);
    setAttribute(this.#line, 'd', runs.map(lineOf).join(''));
    if (this.#area === undefined) return;
    const { height } = this.#options;
    const areas = runs.map((run) => `${lineOf(run)}V${height}H${run[0]![0]}Z`);
    setAttribute(this.#area, 'd', areas.join(''));
  }
}

type Run = readonly (readonly [x: number, y: number])[];

function lineOf(run: Run): string {
  const [[x, y] = [0, 0], ...rest] = run;
  // A single point is a short dash.
  if (rest.length === 0) return `M${x} ${y}h1`;
  return `M${x} ${y}L${rest.map((it) => it.join(' ')).join(' ')}`;
}

/** Returns the parts without a gap. */
function runsOf(points: Points, { width, height, floor }: SparklineOptions): Run[] {
  const known = points.filter((it) => it !== null);
  const top = Math.max(floor, ...known.map((it) => it * 1.1));
  const step = width / Math.max(1, points.length - 1);
  const runs: [number, number][][] = [];
  let run: [number, number][] | undefined;
  for (const [i, it] of points.entries()) {
    if (it === null) {
      run = undefined;
      continue;
    }
    if (run === undefined) runs.push((run = []));
    const y = height - 1.5 - (Math.max(0, it) / top) * (height - 3);
    run.push([round(i * step), round(y)]);
  }
  return runs;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
