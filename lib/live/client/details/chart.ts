import uPlot from 'uplot';
import { numberText, rateText, secondsText, shareText } from '../../quantity.format.js';

/** A line of a chart. */
export interface ChartLine {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/** Content of a chart. */
export interface ChartContent {
  /** Unix times in seconds. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly unit: 'number' | 'seconds' | 'rate' | 'share';
}

const TEXTS = { number: numberText, seconds: secondsText, rate: rateText, share: shareText };
const COLORS = ['--s1', '--s3', '--s5', '--s4', '--s6', '--s2'];
const HEIGHT = 200;
const MIN_WIDTH = 260;
const GUTTER = 68;

const drawn = new WeakMap<
  HTMLElement,
  { plot: uPlot; content: ChartContent; watch: ResizeObserver }
>();

/** Draws lines over time in place of what is there, in the colours of the page. */
export function drawLines(place: HTMLElement, content: ChartContent): void {
  const before = drawn.get(place);
  before?.plot.destroy();
  before?.watch.disconnect();
  place.replaceChildren();
  const width = Math.max(MIN_WIDTH, place.clientWidth);
  const plot = new uPlot(optionsOf(content, width), dataOf(content), place);
  plot.root.setAttribute('role', 'img');
  plot.root.setAttribute(
    'aria-label',
    `Chart of ${content.lines.map(({ label }) => label).join(', ')}`,
  );
  const watch = new ResizeObserver(() => {
    const now = Math.max(MIN_WIDTH, place.clientWidth);
    if (Math.abs(now - plot.width) > 2) plot.setSize({ width: now, height: HEIGHT });
  });
  watch.observe(place);
  drawn.set(place, { plot, content, watch });
}

function dataOf({ times, lines }: ChartContent): uPlot.AlignedData {
  return [times as number[], ...lines.map(({ values }) => values as (number | null)[])];
}

function optionsOf({ lines, unit }: ChartContent, width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const text = (value: number | null) => TEXTS[unit](value);
  const axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui',
  };
  return {
    width,
    height: HEIGHT,
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    legend: { live: true },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, Number.MIN_VALUE)] } },
    axes: [
      { ...axis, values: (_plot, splits) => splits.map(hourText) },
      { ...axis, size: GUTTER, values: (_plot, splits) => splits.map((it) => text(it)) },
    ],
    series: [
      { label: 'time', value: (_plot, it) => (it === null ? '' : hourText(it)) },
      ...lines.map(({ label }, i) => ({
        label,
        stroke: color(COLORS[i % COLORS.length]!),
        width: 1.6,
        points: { show: false },
        value: (_plot: uPlot, it: number | null) => text(it),
      })),
    ],
  };
}

const HOUR = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

function hourText(seconds: number): string {
  return HOUR.format(seconds * 1_000);
}
