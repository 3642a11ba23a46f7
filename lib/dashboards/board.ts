/** Form of a panel. */
export type PanelKind = 'timeseries' | 'stat' | 'bargauge' | 'heatmap' | 'state-timeline' | 'table';

/** Unit of all values of a panel; metrics are in base units. */
export type PanelUnit =
  'seconds' | 'bytes' | 'bytes per second' | 'ratio' | 'count' | 'per second' | 'state';

/** Colour with a meaning: green is good, yellow is neither, red is bad. */
export type MeaningfulColor = 'green' | 'yellow' | 'red';

/** Number beyond which a panel shows a problem. */
export interface PanelThreshold {
  /** Threshold in the unit of the panel. */
  readonly at: number;
  /** Side of the threshold that is a problem. */
  readonly bad: 'above' | 'below';
  /** Alert with this threshold. @defaultValue none */
  readonly alert?: string;
  /** Parameter of the alert that is the threshold. @defaultValue none */
  readonly parameter?: string;
}

/** Name and colour of one value of a `state-timeline` or `stat`. */
export interface PanelState {
  /** Value of the query. */
  readonly value: number;
  /** Text that is shown instead. */
  readonly text: string;
  /** Colour of the state; blue has no meaning. */
  readonly color: MeaningfulColor | 'blue';
}

/** One panel: a question and the queries that answer it. */
export interface BoardPanel {
  /** Title: a noun phrase that fits on one line. */
  readonly title: string;
  /** Question that the panel answers. */
  readonly question: string;
  /** Form of the answer. @defaultValue 'timeseries' */
  readonly kind?: PanelKind;
  /** PromQL by legend. `$scope` stands for the matchers that all series of the board share. */
  readonly queries: Readonly<Record<string, string>>;
  /** Unit of all values. */
  readonly unit: PanelUnit;
  /** Width in columns of 24. @defaultValue 4 for `stat`, else 8 */
  readonly width?: number;
  /** Number beyond which there is a problem. @defaultValue none */
  readonly threshold?: PanelThreshold;
  /** Names of the series that have a colour with a meaning. @defaultValue none */
  readonly colors?: Readonly<Partial<Record<MeaningfulColor, readonly string[]>>>;
  /** Names of values. @defaultValue none */
  readonly states?: readonly PanelState[];
  /** True to stack the series, whose sum has a meaning. @defaultValue false */
  readonly stacked?: boolean;
  /** True to show exemplars, which lead to traces. @defaultValue false */
  readonly exemplars?: boolean;
  /** Text while there is no series. @defaultValue 'none yet' */
  readonly absent?: string;
}

/** Row of panels below one heading. */
export interface BoardRow {
  /** Heading. */
  readonly title: string;
  /** Panels from left to right and from top to bottom. */
  readonly panels: readonly BoardPanel[];
  /** True for a row that is closed when the board opens. @defaultValue false */
  readonly collapsed?: boolean;
}

/** Variable of a board: values of a label, or a list of choices of which the first one is the default. */
export interface BoardVariable {
  /** Name in queries, without `$`. */
  readonly name: string;
  /** Label of the control. */
  readonly title: string;
  /** Series and label whose values can be selected, several or all. */
  readonly values?: { readonly series: string; readonly label: string };
  /** Choices, of which one is selected. */
  readonly choices?: readonly string[];
}

/** A dashboard as data, independent of the program that shows it. */
export interface Board {
  /** Stable name: `event-store`. */
  readonly id: string;
  /** Title, to which a program adds the namespace. */
  readonly title: string;
  /** Contents in one sentence. */
  readonly description: string;
  /** Variables besides `datasource`, `job` and `instance`. @defaultValue none */
  readonly variables?: readonly BoardVariable[];
  /** Rows from top to bottom. */
  readonly rows: readonly BoardRow[];
}
