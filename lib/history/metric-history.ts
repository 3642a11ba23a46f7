import type {
  ExporterContext,
  MetricsExporter,
  PushExporter,
} from '../exporters/port/metrics-exporter.js';
import { type Clock, systemClock } from '../kernel/clock.js';
import { endsWithin } from '../kernel/time-limit.js';
import { historyMetrics } from '../metrics/catalogue/plugins/history.js';
import { registerCatalogue } from '../metrics/recorders/catalogue-instruments.js';
import type { RegistrySnapshot } from '../metrics/snapshot/snapshot.js';
import { assertOptions } from '../options/assert-options.js';
import type { SampleSeries, SeriesSelection, SeriesSource } from '../query/series-source.js';
import { type HistoryOptions, historyOptions, settingsOf } from './history-options.js';
import { HistoryStore } from './history-store.js';

const TIMEOUT_MS = 5_000;
/** Time that the start waits for the files. */
const OPEN_LIMIT_MS = 2_000;

/**
 * Samples of the application's metrics over the last hours. It is an exporter and a source of series: the plugin
 * {@link history} opens it for an application, `aggregateCluster({ exporters: [history] })` for all processes of a
 * cluster.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { LabelMatcher, MetricHistory } from '@eventcore/nestjs-observability/query';
 *
 * @Injectable()
 * export class Reports {
 *   constructor(private readonly history: MetricHistory) {}
 *
 *   commandsOfLastHour() {
 *     const matchers = [new LabelMatcher('__name__', '=', 'eventcore_commands_total')];
 *     return this.history.select({ matchers, fromMs: Date.now() - 3_600_000, toMs: Date.now() });
 *   }
 * }
 * ```
 */
export class MetricHistory implements MetricsExporter, SeriesSource {
  /** {@inheritDoc MetricsExporter.name} */
  readonly name = 'history';
  readonly #options: HistoryOptions;
  /** @internal Clock of the application, once it is known. */
  readonly clock: Clock = {
    monotonicMs: () => this.#applicationClock.monotonicMs(),
    wallMs: () => this.#applicationClock.wallMs(),
  };
  #applicationClock = systemClock;
  #store: HistoryStore | undefined;
  #joined: SeriesSource | undefined;

  /** @throws ConfigurationError `OBS_OPTION_INVALID` when an option is invalid. */
  constructor(options: HistoryOptions = {}) {
    assertOptions('history()', historyOptions, options);
    this.#options = options;
  }

  /** Begins to record. Called by the application or the aggregator that lists the exporter, once. */
  async open(context: ExporterContext): Promise<PushExporter> {
    const settings = settingsOf(this.#options);
    this.#applicationClock = context.clock;
    const { application, clock, startedAtMs: run, report, own } = context;
    const { serviceName, environment } = application;
    const labels = {
      ...application.labels,
      ...(serviceName !== undefined && { service: serviceName }),
      ...(environment !== undefined && { environment }),
    };
    const store = new HistoryStore({ settings, labels, run, report });
    this.#store = store;
    if (own !== undefined) measure(store, own);
    await endsWithin(store.open(), { limitMs: OPEN_LIMIT_MS });
    return {
      intervalMs: settings.intervalMs,
      timeoutMs: TIMEOUT_MS,
      export: async ({ takenAtMs, metrics }: RegistrySnapshot, signal) => {
        signal.throwIfAborted();
        // The time of a snapshot is that of the clock unless the clock was set back.
        const nowMs = clock.wallMs();
        store.record(nowMs < takenAtMs ? nowMs : takenAtMs, metrics);
      },
      close: () => store.close(),
    };
  }

  /** @internal True once it records: a member of a cluster does not. */
  get isOpen(): boolean {
    return this.#store !== undefined;
  }

  /** @internal Directory of the files; `undefined` without files, or while another process has them. */
  get directory(): string | undefined {
    return this.#store?.ownsFiles === true ? this.#options.storage?.directory : undefined;
  }

  /** @internal Series that were recorded, without joined ones. */
  get recorded(): SeriesSource {
    return { select: (selection) => this.#store?.select(selection) ?? [] };
  }

  /** @internal Adds the series of another source to what is selected, such as those that rules make. */
  join(source: SeriesSource | undefined): void {
    this.#joined = source;
  }

  /** {@inheritDoc SeriesSource.select} */
  select(selection: SeriesSelection): readonly SampleSeries[] | Promise<readonly SampleSeries[]> {
    const recorded = this.#store?.select(selection) ?? [];
    if (this.#joined === undefined) return recorded;
    return Promise.all([recorded, this.#joined.select(selection)]).then(([own, others]) => {
      if (others.length === 0) return own;
      const known = new Set(own.map(({ labels }) => labels.key));
      return [...own, ...others.filter(({ labels }) => !known.has(labels.key))];
    });
  }
}

function measure(
  store: HistoryStore,
  { registry, namespace }: NonNullable<ExporterContext['own']>,
): void {
  const { bytes, samples, dropped } = registerCatalogue(registry, historyMetrics, { namespace });
  let counted = 0;
  registry.onCollect(() => {
    bytes.labels({}).set(store.bytes);
    samples.labels({}).set(store.samples);
    dropped.labels({}).inc(store.dropped - counted);
    counted = store.dropped;
  });
}
