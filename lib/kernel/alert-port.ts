import { sharedSymbol } from './peers/process-state.js';

/** An alert whose condition holds, or held until lately. */
export interface CurrentAlert {
  /** Label `alertname`. */
  readonly name: string;
  /** `pending` until the condition has held for as long as the rule demands. */
  readonly state: 'pending' | 'firing';
  /** All labels, `alertname` and `severity` among them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Rendered annotations, such as `summary` and `description`. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Label `severity`; empty without one. */
  readonly severity: string;
  /** Last value of the expression. */
  readonly value: number;
  /** Time since which the condition holds: Unix time in milliseconds. */
  readonly activeAtMs: number;
  /** Time since which the alert fires; absent for a pending one. */
  readonly firedAtMs?: number;
  /** Time since which the condition no longer holds and the alert goes on for `keep_firing_for`. */
  readonly keptSinceMs?: number;
  /** Address of the runbook; absent without one. */
  readonly runbookUrl?: string;
  /** Ids of the silences that keep its notifications back. */
  readonly silencedBy: readonly string[];
  /** True while an alert on the same thing keeps its notifications back. */
  readonly isInhibited: boolean;
}

/** Condition of a silence on one label. */
export interface SilenceMatcher {
  /** Name of the label. */
  readonly name: string;
  /** Comparison. */
  readonly operator: '=' | '!=' | '=~' | '!~';
  /** Value or regular expression. */
  readonly value: string;
}

/** Silence to add. */
export interface SilenceRequest {
  /** Conditions that an alert must all satisfy; at least one of them must refuse an empty value. */
  readonly matchers: readonly SilenceMatcher[];
  /** Begin: Unix time in milliseconds. @defaultValue now */
  readonly startsAtMs?: number;
  /** End: Unix time in milliseconds. */
  readonly endsAtMs: number;
  /** Author. */
  readonly createdBy: string;
  /** Reason. */
  readonly comment: string;
}

/** A silence. */
export interface AlertSilence extends Required<SilenceRequest> {
  /** Id for `expireSilence()`. */
  readonly id: string;
  /** `pending` before its begin, `expired` after its end. */
  readonly state: 'pending' | 'active' | 'expired';
}

/** State of a rule. */
export interface RuleStatus {
  /** Kind of the rule. */
  readonly type: 'alerting' | 'recording';
  /** Name of the alert or of the recorded series. */
  readonly name: string;
  /** PromQL. */
  readonly query: string;
  /** Labels that the rule sets. */
  readonly labels: Readonly<Record<string, string>>;
  /** Templates of the annotations. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Time for which the condition must hold. */
  readonly forSeconds: number;
  /** Time for which an alert goes on after the condition no longer holds. */
  readonly keepFiringForSeconds: number;
  /** Pending and firing alerts of the rule. */
  readonly alerts: readonly CurrentAlert[];
  /** Result of the last evaluation; `unknown` before the first. */
  readonly health: 'ok' | 'err' | 'unknown';
  /** Message of the last evaluation, if it failed. */
  readonly lastError?: string;
  /** Duration of the last evaluation. */
  readonly evaluationSeconds: number;
  /** Time of the last evaluation: Unix time in milliseconds; 0 before the first. */
  readonly evaluatedAtMs: number;
}

/** State of a group of rules. */
export interface RuleGroupStatus {
  /** Name of the group. */
  readonly name: string;
  /** File of the rules; empty for rules of code. */
  readonly file: string;
  /** Time between two evaluations. */
  readonly intervalSeconds: number;
  /** Most series that one rule may give; 0 for no limit. */
  readonly limit: number;
  /** Rules in their order. */
  readonly rules: readonly RuleStatus[];
  /** Duration of the last evaluation. */
  readonly evaluationSeconds: number;
  /** Time of the last evaluation: Unix time in milliseconds; 0 before the first. */
  readonly evaluatedAtMs: number;
}

/** Alerts of an application that evaluates rules, for those who show them. */
export interface AlertPort {
  /** Returns the pending and firing alerts. */
  current(): readonly CurrentAlert[];
  /** Returns the rules by group. */
  groups(): readonly RuleGroupStatus[];
  /** Returns the silences that have not ended, and those that ended within five days. */
  silences(): readonly AlertSilence[];
  /**
   * Adds a silence.
   *
   * @throws ConfigurationError `OBS_OPTION_INVALID` for a silence that is invalid or one too many.
   */
  addSilence(request: SilenceRequest): AlertSilence;
  /** Ends a silence now; returns false for an unknown id. */
  expireSilence(id: string): boolean;
}

/** Token of the {@link AlertPort}. An application without alerts has no such provider. */
export const ALERT_PORT: unique symbol = sharedSymbol('alerts') as never;
