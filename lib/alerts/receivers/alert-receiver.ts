import type { Clock } from '../../kernel/clock.js';

/** Texts by name. */
export type AlertTexts = Readonly<Record<string, string>>;

/** An alert of a notification. */
export interface NotifiedAlert {
  /** State. */
  readonly status: 'firing' | 'resolved';
  /** Label `alertname`. */
  readonly name: string;
  /** Label `severity`; empty without one. */
  readonly severity: string;
  /** All labels. */
  readonly labels: AlertTexts;
  /**
   * Annotations of the rule, and what explains the alert: `value`, `diagnosis`, `trace_id`, `trace_url`, `live_url`, each
   * where it is known.
   */
  readonly annotations: AlertTexts;
  /** Begin: Unix time in milliseconds. */
  readonly startsAtMs: number;
  /** End of a resolved alert: Unix time in milliseconds. */
  readonly endsAtMs?: number;
  /** Last value of the expression. */
  readonly value: number;
  /** Text that is equal for equal labels only: 16 hexadecimal digits. */
  readonly fingerprint: string;
  /** Address of the expression; empty without the option `liveUrl`. */
  readonly generatorUrl: string;
}

/** A group of alerts for one receiver. */
export interface AlertNotification {
  /** Name of the receiver. */
  readonly receiver: string;
  /** `firing` if one of the alerts fires. */
  readonly status: 'firing' | 'resolved';
  /** Text that names the group; it stays the same from the first notification to the resolved one. */
  readonly groupKey: string;
  /** Labels by which the alerts are grouped. */
  readonly groupLabels: AlertTexts;
  /** Labels that all alerts have with one value. */
  readonly commonLabels: AlertTexts;
  /** Annotations that all alerts have with one value. */
  readonly commonAnnotations: AlertTexts;
  /** Alerts, the firing ones first. */
  readonly alerts: readonly NotifiedAlert[];
  /** Alerts beyond the 500 of one notification. */
  readonly truncatedAlerts: number;
  /** Option `liveUrl`; empty without one. */
  readonly externalUrl: string;
}

/** Services for a receiver. */
export interface ReceiverHost {
  /** Source of time. */
  readonly clock: Clock;
  /** Name of the service whose alerts are sent. */
  readonly serviceName: string;
  /** Reports a fault that failed no notification; it never throws. */
  report(error: unknown): void;
}

/** A receiver that was opened for one application. */
export interface OpenReceiver {
  /**
   * Sends a notification. The engine calls it again when it fails, unless it throws a {@link NotificationError} that is
   * final.
   *
   * @param signal - Aborts when the time limit of the attempt expires.
   */
  send(notification: AlertNotification, signal: AbortSignal): Promise<void>;
  /** Releases everything. Called once. */
  close?(): void | Promise<void>;
}

/** Part of the alerts that a receiver gets where no route names it, and how they are grouped. */
export interface ReceiverRoute {
  /** Matchers, such as `severity="none"`. */
  readonly matchers: readonly string[];
  /** Labels of a group. */
  readonly groupBy?: readonly string[];
  /** Time before the first notification of a group. */
  readonly groupWaitMs?: number;
  /** Time between two notifications of a group that changes. */
  readonly groupIntervalMs?: number;
  /** Time between two notifications of a group that stays as it is. */
  readonly repeatIntervalMs?: number;
  /** Sends alerts that are silenced, inhibited or muted as well: the target decides. @defaultValue false */
  readonly isUnfiltered?: boolean;
}

/**
 * Target of notifications. The value has no state of its own: each application opens it. `receiverContract()` of the entry
 * `testing` checks one of your own.
 *
 * @example
 * ```ts
 * import type { AlertReceiver } from '@eventcore/nestjs-observability/alerting';
 *
 * export const pager = (call: (text: string) => Promise<void>): AlertReceiver => ({
 *   name: 'pager',
 *   open: () => ({
 *     send: ({ status, commonLabels }) => call(`${status}: ${commonLabels['alertname'] ?? 'alerts'}`),
 *   }),
 * });
 * ```
 */
export interface AlertReceiver {
  /** Name for routes and for the label `receiver`: 1 to 64 letters, digits, `-` and `_`. */
  readonly name: string;
  /** Sends the end of alerts as well. @defaultValue true */
  readonly sendsResolved?: boolean;
  /** Alerts where no route names the receiver. @defaultValue all but those of the severity `none` */
  readonly route?: ReceiverRoute;
  /**
   * Opens the receiver, at the start of the application.
   *
   * @throws ConfigurationError for a receiver that cannot work, such as `OBS_PEER_MISSING`; it stops the start.
   */
  open(host: ReceiverHost): OpenReceiver | Promise<OpenReceiver>;
}

/** Reason why a notification failed. Its message contains no address and no secret. */
export class NotificationError extends Error {
  /** Always `NotificationError`. */
  override readonly name = 'NotificationError';
  /** True for a failure that another attempt cannot cure. */
  readonly isFinal: boolean;
  /** Milliseconds that the target asks to wait; `undefined` if it does not say. */
  readonly retryAfterMs: number | undefined;
  /** Status of HTTP or code of the system, for the log. */
  readonly code: string | undefined;

  constructor(
    message: string,
    {
      isFinal = false,
      retryAfterMs,
      code,
    }: {
      readonly isFinal?: boolean;
      readonly retryAfterMs?: number | undefined;
      readonly code?: string | undefined;
    } = {},
  ) {
    super(message);
    this.isFinal = isFinal;
    this.retryAfterMs = retryAfterMs;
    this.code = code;
  }
}
