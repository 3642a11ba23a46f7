import type { InjectionToken } from '@nestjs/common';
import type { AlertSeverity } from '../alerting/alert-definition.js';
import type { AlertName } from '../alerting/alert-definitions.js';
import type { AlertOptions } from '../alerting/alert-options.js';
import type { MuteTime } from './notifications/mute-times.js';
import type { AlertReceiver } from './receivers/alert-receiver.js';
import type { NoDataPolicy } from './rules/rule.js';

/** Rule of an alert. */
export interface AlertRuleOptions {
  /** Name of the alert, its label `alertname`. */
  readonly name: string;
  /** Condition in PromQL; each series of the result is an alert. */
  readonly query: string;
  /** Time for which the condition must hold, such as `5m`. @defaultValue '0s' */
  readonly for?: string;
  /** Time for which the alert goes on after the condition no longer holds. @defaultValue '0s' */
  readonly keepFiringFor?: string;
  /** Label `severity`: `critical`, `warning`, `info` or one of your own. @defaultValue none */
  readonly severity?: AlertSeverity | (string & {});
  /** Further labels; their values are templates. @defaultValue none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Annotations, such as `summary`, `description` and `runbook_url`; their values are templates. @defaultValue none */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Fate of an alert whose series are gone. @defaultValue 'resolve' */
  readonly onNoData?: NoDataPolicy;
}

/** Options of the shipped alerts. */
export interface ShippedAlertOptions extends Pick<AlertOptions, 'parameters' | 'slos'> {
  /** Alerts that are not evaluated. @defaultValue none */
  readonly disabled?: readonly AlertName[];
}

/** Route of alerts to receivers. An alert takes the first route that matches, and later ones if that has `continue`. */
export interface AlertRouteOptions {
  /** Matchers that an alert must satisfy, such as `severity="critical"`. @defaultValue every alert */
  readonly matchers?: readonly string[];
  /** Names of receivers. */
  readonly receivers: readonly string[];
  /** Labels that alerts of one notification have in common. @defaultValue the option `groupBy` */
  readonly groupBy?: readonly string[];
  /** Time before the first notification of a group. @defaultValue the option `groupWait` */
  readonly groupWait?: string;
  /** Time between two notifications of a group that changes. @defaultValue the option `groupInterval` */
  readonly groupInterval?: string;
  /** Time between two notifications of a group that stays as it is. @defaultValue the option `repeatInterval` */
  readonly repeatInterval?: string;
  /** Names of the option `muteTimes`. @defaultValue none */
  readonly muteTimes?: readonly string[];
  /** Lets alerts take later routes as well. @defaultValue false */
  readonly continue?: boolean;
}

/** Alerts that keep others back while they fire. */
export interface InhibitionOptions {
  /** Matchers of the alerts that keep others back. */
  readonly source: readonly string[];
  /** Matchers of the alerts that are kept back. */
  readonly target: readonly string[];
  /** Labels that both have with one value. @defaultValue none */
  readonly equal?: readonly string[];
}

/** Owner among several processes. */
export interface AlertLeader {
  /** Providers for `isLeader`. @defaultValue none */
  readonly inject?: readonly InjectionToken[];
  /** Returns true in the process that evaluates rules, such as the one that holds a lease. */
  isLeader(...providers: never[]): boolean;
  /**
   * Returns the state that was saved last, so that a new owner knows which alerts fire and what was told.
   *
   * @defaultValue a new owner begins anew
   */
  loadState?(...providers: never[]): Promise<string | null | undefined>;
  /**
   * Saves the state where the next owner finds it, at every evaluation. Its only use is for `loadState`.
   *
   * @param state - Text, some kilobytes for a hundred alerts.
   */
  saveState?(state: string, ...providers: never[]): Promise<unknown>;
}

/** Options of {@link alerting}. */
export interface AlertingOptions {
  /** Shipped alerts; `false` for none. @defaultValue `{}` */
  readonly shipped?: ShippedAlertOptions | false;
  /** Rules. @defaultValue none */
  readonly rules?: readonly AlertRuleOptions[];
  /** Rule files of Prometheus, which need the package `yaml`. @defaultValue none */
  readonly ruleFiles?: readonly string[];
  /** Time between two evaluations in milliseconds. @defaultValue 15000 */
  readonly intervalMs?: number;
  /** Receivers: `webhook()`, `slack()`, `pagerDuty()`, `email()`, `alertmanager()`, `heartbeat()`, `logReceiver()`. @defaultValue none */
  readonly receivers?: readonly AlertReceiver[];
  /** Routes of alerts. @defaultValue each receiver gets all alerts but `Watchdog`, which is for `heartbeat()` */
  readonly routes?: readonly AlertRouteOptions[];
  /** Labels that alerts of one notification have in common. @defaultValue ['alertname', 'job'] */
  readonly groupBy?: readonly string[];
  /** Time before the first notification of a group. @defaultValue '30s' */
  readonly groupWait?: string;
  /** Time between two notifications of a group that changes. @defaultValue '5m' */
  readonly groupInterval?: string;
  /** Time between two notifications of a group that stays as it is. @defaultValue '4h' */
  readonly repeatInterval?: string;
  /** Alerts that keep others back, beside those that the exported Alertmanager configuration has. @defaultValue none */
  readonly inhibitions?: readonly InhibitionOptions[];
  /** Recurring times by name, for `routes`. @defaultValue none */
  readonly muteTimes?: Readonly<Record<string, readonly MuteTime[]>>;
  /** File of silences, which is read again when it changes. @defaultValue none */
  readonly silencesFile?: string;
  /** Owner among several processes: only it evaluates and notifies. @defaultValue every process */
  readonly leader?: AlertLeader | (() => boolean);
  /** Address of the runbooks of shipped alerts; `{alert}` stands for the name. @defaultValue none */
  readonly runbookUrl?: string;
  /** Address of the live page, for notifications. @defaultValue none */
  readonly liveUrl?: string;
  /** Address of a trace, with `{trace_id}`, for notifications. @defaultValue none */
  readonly traceUrl?: string;
}
