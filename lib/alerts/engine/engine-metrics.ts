import { alertMetrics } from '../../metrics/catalogue/plugins/alerts.js';
import {
  type CatalogueInstruments,
  registerCatalogue,
} from '../../metrics/recorders/catalogue-instruments.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import type { NotificationOutcome } from '../notifications/receiver-queue.js';
import type { AlertInstance } from './alert-instances.js';

/** Result of an evaluation of all rules. */
type EvaluationOutcome = 'success' | 'failure' | 'skipped';

const EVALUATIONS: readonly EvaluationOutcome[] = ['success', 'failure', 'skipped'];
const NOTIFICATIONS: readonly NotificationOutcome[] = ['success', 'failure', 'dropped'];

/** Sources of the gauges. */
export interface EngineGauges {
  active(): readonly AlertInstance[];
  waiting(): Iterable<readonly [receiver: string, count: number]>;
}

/** Metrics of an engine about itself. */
export class EngineMetrics {
  readonly #instruments: CatalogueInstruments<typeof alertMetrics>;
  #shown = new Map<string, readonly [alertname: string, state: string]>();

  /** @param receivers - Names of the receivers, whose counters begin at 0. */
  constructor(
    { registry, namespace }: { readonly registry: MetricRegistry; readonly namespace: string },
    receivers: readonly string[],
    gauges: EngineGauges,
  ) {
    this.#instruments = registerCatalogue(registry, alertMetrics, { namespace });
    for (const outcome of EVALUATIONS) this.#instruments.evaluations.labels({ outcome }).inc(0);
    for (const receiver of receivers)
      for (const outcome of NOTIFICATIONS)
        this.#instruments.notifications.labels({ receiver, outcome }).inc(0);
    registry.onCollect(() => this.#publish(gauges));
  }

  evaluated(outcome: EvaluationOutcome): void {
    this.#instruments.evaluations.labels({ outcome }).inc();
  }

  notified(receiver: string, outcome: NotificationOutcome): void {
    this.#instruments.notifications.labels({ receiver, outcome }).inc();
  }

  #publish({ active, waiting }: EngineGauges): void {
    const { alerts, waiting: queued } = this.#instruments;
    for (const [receiver, count] of waiting()) queued.labels({ receiver }).set(count);
    const counts = new Map<string, number>();
    const shown = new Map<string, readonly [string, string]>();
    for (const { labels, state } of active()) {
      const pair = [labels.get('alertname'), state] as const;
      const key = JSON.stringify(pair);
      shown.set(key, pair);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const [key, [alertname, state]] of this.#shown)
      if (!shown.has(key)) alerts.remove({ alertname, state });
    for (const [key, [alertname, state]] of shown)
      alerts.labels({ alertname, state }).set(counts.get(key) ?? 0);
    this.#shown = shown;
  }
}
