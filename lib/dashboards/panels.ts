import type { BoardPanel, PanelKind, PanelUnit } from './board.js';

/** Title and question of a panel: `Failed: What share of the commands fails?`. */
type Heading = `${string}: ${string}?${string}`;

type Details = PanelUnit | Omit<BoardPanel, 'title' | 'question' | 'kind' | 'queries'>;

type Maker = (heading: Heading, details: Details, queries: BoardPanel['queries']) => BoardPanel;

function maker(kind: PanelKind): Maker {
  return (heading, details, queries) => {
    const end = heading.indexOf(': ');
    const given = typeof details === 'string' ? { unit: details } : details;
    return {
      kind,
      title: heading.slice(0, end),
      question: heading.slice(end + 2),
      queries,
      ...given,
    };
  };
}

/** Makes panels: lines over time. */
export const graph = maker('timeseries');

/** Makes panels: one number. */
export const stat = maker('stat');

/** Makes panels: one bar for each series. */
export const bars = maker('bargauge');

/** Makes panels: buckets over time. */
export const heatmap = maker('heatmap');

/** Makes panels: the state of each series over time. */
export const timeline = maker('state-timeline');

/** Makes panels: one line for each series. */
export const table = maker('table');
