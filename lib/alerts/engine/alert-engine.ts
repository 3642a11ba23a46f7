import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ExporterContext, PullExporter } from '../../exporters/port/metrics-exporter.js';
import type { MetricHistory } from '../../history/metric-history.js';
import type {
  AlertPort,
  AlertSilence,
  CurrentAlert,
  RuleGroupStatus,
  SilenceRequest,
} from '../../kernel/alert-port.js';
import { systemTimers } from '../../kernel/timers.js';
import type { AlertingOptions } from '../alerting-options.js';
import { leading } from '../alert-leading.js';
import { planOf } from '../alerting-plan.js';
import { type EngineHost, RunningEngine } from './running-engine.js';
import { TargetSeries } from './target-series.js';

/**
 * Evaluates rules on the history of the metrics and sends notifications. The plugin {@link alerting} provides one; in a
 * cluster pass one to the aggregator: `aggregateCluster({ exporters: [history, new AlertEngine(history, options)] })`.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { AlertEngine } from '@eventcore/nestjs-observability/alerting';
 *
 * @Injectable()
 * export class Deployment {
 *   constructor(private readonly alerts: AlertEngine) {}
 *
 *   silence(minutes: number) {
 *     return this.alerts.addSilence({
 *       matchers: [{ name: 'alertname', operator: '=', value: 'CommandLatencyHigh' }],
 *       endsAtMs: Date.now() + minutes * 60_000,
 *       createdBy: 'deployment',
 *       comment: 'Caches are cold.',
 *     });
 *   }
 * }
 * ```
 */
export class AlertEngine implements AlertPort {
  /** Name of the exporter in a cluster. */
  readonly name = 'alerting';
  readonly #history: MetricHistory;
  readonly #options: AlertingOptions;
  #running: RunningEngine | undefined;

  /** @throws ConfigurationError `OBS_OPTION_INVALID` when an option or a rule is invalid. */
  constructor(history: MetricHistory, options: AlertingOptions = {}) {
    planOf(options);
    this.#history = history;
    this.#options = options;
  }

  /** Begins to evaluate in the process that aggregates a cluster. Called by the aggregator that lists it, once. */
  async open(context: ExporterContext): Promise<PullExporter> {
    const { clock, application, own, report } = context;
    const { leader } = this.#options;
    await this.start({
      clock,
      report,
      serviceName: application.serviceName,
      ...(own && { namespace: own.namespace, registry: own.registry }),
      // No provider can be had here.
      ...(leader !== undefined && leading(leader, () => undefined)),
    });
    await this.begin();
    return { close: () => this.stop() };
  }

  /**
   * @internal Reads the rules and opens the receivers.
   *
   * @throws ConfigurationError for a rule file that is invalid, and for a receiver that cannot work.
   */
  async start(host: EngineHost): Promise<void> {
    const { serviceName = 'application', timers = systemTimers } = host;
    const target = { job: serviceName, instance: hostname() };
    const history = this.#history;
    this.#running = new RunningEngine({
      ...host,
      serviceName,
      timers,
      source: new TargetSeries(history.recorded, target),
      join: (source) => history.join(source),
      options: this.#options,
      plan: planOf(this.#options, host.namespace),
      statePath: () => {
        const { directory } = history;
        return directory === undefined ? undefined : join(directory, 'alerts.json');
      },
    });
    await this.#running.open();
  }

  /** @internal Starts the timer of the evaluations. Resolves when the state of an earlier process is taken over. */
  async begin(): Promise<void> {
    await this.#running?.begin();
  }

  /** @internal Ends evaluations and notifications, and writes the state. */
  async stop(): Promise<void> {
    await this.#running?.close();
  }

  /** Evaluates all rules now. Resolves when they have been evaluated; notifications follow at their times. */
  async evaluate(): Promise<void> {
    await this.#running?.evaluate();
  }

  /** Resolves when no notification waits. */
  async idle(): Promise<void> {
    await this.#running?.idle();
  }

  /** Returns the pending and firing alerts. */
  current(): readonly CurrentAlert[] {
    return this.#running?.current() ?? [];
  }

  /** Returns the rules by group, with their alerts. */
  groups(): readonly RuleGroupStatus[] {
    return this.#running?.groups() ?? [];
  }

  /** Returns the silences that have not ended, and those that ended within five days. */
  silences(): readonly AlertSilence[] {
    return this.#running?.silences.list() ?? [];
  }

  /**
   * Adds a silence.
   *
   * @throws ConfigurationError `OBS_OPTION_INVALID` for a silence that is invalid or one too many.
   * @throws Error before the application has started.
   */
  addSilence(request: SilenceRequest): AlertSilence {
    if (this.#running === undefined) throw new Error('the alert engine has not been started');
    const silence = this.#running.silences.add(request);
    this.#running.save();
    return silence;
  }

  /** Ends a silence now; returns false for an unknown id. */
  expireSilence(id: string): boolean {
    const isKnown = this.#running?.silences.expire(id) ?? false;
    this.#running?.save();
    return isKnown;
  }
}
