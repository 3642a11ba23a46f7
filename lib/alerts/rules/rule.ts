import type { Expression } from '../../query/language/expression.js';
import type { Template } from '../templates/template.js';

/** Fate of an alert whose series are gone: it ends, goes on, or fires. */
export type NoDataPolicy = 'resolve' | 'keep' | 'fire';

/** Text with the template that renders it. */
export interface RuleText {
  readonly text: string;
  readonly template: Template;
}

/** A rule that raises alerts. */
export interface AlertingPlan {
  readonly type: 'alerting';
  readonly name: string;
  /** PromQL. */
  readonly query: string;
  readonly expression: Expression;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: Readonly<Record<string, RuleText>>;
  readonly annotations: Readonly<Record<string, RuleText>>;
  readonly onNoData: NoDataPolicy;
}

/** A rule that records a series. */
export interface RecordingPlan {
  readonly type: 'recording';
  /** Name of the series. */
  readonly name: string;
  /** PromQL. */
  readonly query: string;
  readonly expression: Expression;
  readonly labels: Readonly<Record<string, string>>;
}

/** A rule that has been checked. */
export type RulePlan = AlertingPlan | RecordingPlan;

/** Rules that are evaluated in their order. */
export interface GroupPlan {
  readonly name: string;
  /** File of the rules; empty for rules of code. */
  readonly file: string;
  /** Time between two evaluations; `undefined` for that of the engine. */
  readonly intervalMs: number | undefined;
  /** Most series that one rule may give; 0 for no limit. */
  readonly limit: number;
  /** Age of the evaluated time. */
  readonly queryOffsetMs: number;
  readonly rules: readonly RulePlan[];
}
