/** Sample of a metrics page. */
export interface PageSample {
  readonly name: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
  /** Text of the timestamp; `undefined` without one. */
  readonly timestamp: string | undefined;
  /** Text of the timestamp of the exemplar; `undefined` without one. */
  readonly exemplarTimestamp: string | undefined;
  /** Line number, from 1. */
  readonly line: number;
}

/** Metric of a page with its samples. */
export interface PageFamily {
  readonly name: string;
  /** Type in lower case; `untyped` without one. */
  type: string;
  help: string | undefined;
  unit: string | undefined;
  readonly line: number;
  readonly samples: PageSample[];
}

/** Problem of a page. */
export interface PageProblem {
  /** Line number, from 1. */
  readonly line: number;
  /** Name of the rule, or an error code. */
  readonly code: string;
  readonly message: string;
}

/** Format of a page. */
export type PageFormat = 'text' | 'openmetrics';

/** Page that was read. */
export interface Exposition {
  readonly format: PageFormat;
  readonly families: readonly PageFamily[];
  /** Violations of the format. */
  readonly problems: readonly PageProblem[];
}

/** Returns the value of a label; `undefined` if it is missing. */
export function labelOf({ labels }: PageSample, name: string): string | undefined {
  return labels.find(([it]) => it === name)?.[1];
}
