/** Severity of an alert: page at once, look in working hours, know about it; `none` is no fault. */
export type AlertSeverity = 'critical' | 'warning' | 'info' | 'none';

/** Unit of a parameter. A `ratio` is from 0 to 1. */
export type ParameterUnit = 'seconds' | 'ratio' | 'bytes' | 'count';

/** Threshold of an alert that operators may set. */
export interface AlertParameter {
  /** Unit of the number. */
  readonly unit: ParameterUnit;
  /** Value that is used unless an operator sets another one. */
  readonly default: number;
  /** Noun phrase that describes the number. */
  readonly description: string;
}

/** Duration of Prometheus in one unit, such as `5m`. */
export type PrometheusDuration = `${number}${'s' | 'm' | 'h' | 'd'}`;

/** Labels of the aggregations in an expression. */
export interface AlertScope {
  /** Returns `by (job, …)`: the labels that tell applications apart, and those given. */
  by(...labels: readonly string[]): string;
  /** Returns `on (job, …)`. */
  on(...labels: readonly string[]): string;
}

/**
 * Instructions for the person on call, in Markdown. `{name}` stands for the value of a parameter, `$labels.x` for
 * the label of an alert.
 */
export interface Runbook {
  /** Meaning of the alert. */
  readonly means: string;
  /** Consequence for users. */
  readonly impact: string;
  /** Places to look at, in order. */
  readonly look: readonly string[];
  /** Measures, in order. */
  readonly act: readonly string[];
}

/**
 * Series in which an alert fires, or stays quiet, by name and labels, with values in the notation of promtool: one
 * value a minute. `job` and `instance` are added where they are missing.
 */
export type AlertExample = Readonly<Record<string, string>>;

/** Alert on catalogue metrics. Its name is its key among the definitions. */
export interface AlertDefinition<P extends string = string> {
  /** Urgency, the label `severity`. */
  readonly severity: AlertSeverity;
  /** Time for which the expression must hold. @defaultValue '0s' */
  readonly for?: PrometheusDuration;
  /** Time for which the alert goes on after the expression no longer holds. @defaultValue '0s' */
  readonly keepFiringFor?: PrometheusDuration;
  /** Thresholds by name. */
  readonly parameters: Readonly<Record<P, AlertParameter>>;
  /**
   * PromQL in the namespace `eventcore`, with names from the catalogue. Its result has a series for each alert.
   *
   * @param parameters - Values of the parameters.
   * @param scope - Labels of aggregations.
   */
  expr(parameters: Readonly<Record<P, number>>, scope: AlertScope): string;
  /** Labels of the alert besides those of the scope, such as `command_type`. */
  readonly labels: readonly string[];
  /** Title of a notification; a template of Prometheus. */
  readonly summary: string;
  /** Text of a notification; a template of Prometheus in which `{name}` stands for the value of a parameter. */
  readonly description: string;
  /** Instructions for the person on call. */
  readonly runbook: Runbook;
  /**
   * Returns series in which it fires after 30 minutes; `undefined` for parameters with which no series can make it fire, such
   * as a ratio of 1.
   *
   * @param parameters - Values of the parameters.
   */
  firing(parameters: Readonly<Record<P, number>>): AlertExample | undefined;
  /**
   * Returns series in which it does not fire within 30 minutes, although something happens; `undefined` for parameters with
   * which it always fires.
   *
   * @param parameters - Values of the parameters.
   */
  quiet(parameters: Readonly<Record<P, number>>): AlertExample | undefined;
  /** Fault that raises the alert in an application that runs. */
  readonly drill: string;
}

/** Returns the definition; the compiler finds the names of its parameters. */
export function alert<P extends string>(definition: AlertDefinition<P>): AlertDefinition<P> {
  return definition;
}
