import type { HandlerIdentity } from '../../kernel/observer.js';
import type { LabelScope } from '../cardinality/label-scope.js';
import { jobMetrics } from '../catalogue/integrations/jobs.js';
import type { CounterSeries } from '../instruments/counter.js';
import type { GaugeSeries } from '../instruments/gauge.js';
import type { HistogramSeries } from '../instruments/histogram.js';
import { type CallKind, CallMetrics, CallObserver, type CallSeries } from './call-metrics.js';
import { type CatalogueInstruments, registerCatalogue } from './catalogue-instruments.js';
import type { KindMetricsDeps } from './handler-metrics.js';

/** Value of the label `queue` for jobs that no queue holds. */
export const SCHEDULE = 'schedule';

/** Turns observations of jobs into metrics. */
export class JobMetrics extends CallMetrics {
  readonly #instruments: CatalogueInstruments<typeof jobMetrics>;
  readonly #clock: KindMetricsDeps['clock'];
  readonly #scheduled = new Map<string, JobObserver>();

  constructor(deps: KindMetricsDeps, kind: CallKind) {
    super(deps, kind);
    const { namespace } = deps.naming;
    this.#instruments = registerCatalogue(deps.registry, jobMetrics, { namespace });
    this.#clock = deps.clock;
  }

  /** Returns the Unix time in milliseconds at which a scheduled job began last; `undefined` before its first run. */
  lastStartMs(job: string): number | undefined {
    return this.#scheduled.get(job)?.lastStartMs;
  }

  /** Sets period and next run of a scheduled job. What is `undefined` has no series. */
  schedule(job: string, { periodSeconds, nextRunMs }: JobTimes): void {
    const { period, nextRun } = this.#instruments;
    const labels = { queue: SCHEDULE, job };
    if (periodSeconds === undefined) period.remove(labels);
    else period.labels(labels).set(periodSeconds);
    if (nextRunMs === undefined) nextRun.remove(labels);
    else nextRun.labels(labels).set(nextRunMs / 1_000);
  }

  protected override observerOf(
    calls: CallSeries,
    scope: LabelScope,
    { name, labels }: HandlerIdentity,
  ): CallObserver {
    const { wait, exhausted, overlaps, lastSuccess } = this.#instruments;
    const isScheduled = labels['queue'] === SCHEDULE;
    const observer = new JobObserver(calls, {
      exhausted: scope.of(exhausted),
      waitOf: () => scope.histogram(wait, {}, undefined),
      ...(isScheduled && {
        overlaps: scope.of(overlaps),
        lastSuccessOf: () => scope.of(lastSuccess),
      }),
      nowMs: () => this.#clock.wallMs(),
    });
    if (isScheduled) this.#scheduled.set(name, observer);
    return observer;
  }
}

/** When a scheduled job runs. */
export interface JobTimes {
  readonly periodSeconds: number | undefined;
  /** Unix time in milliseconds. */
  readonly nextRunMs: number | undefined;
}

interface JobSeries {
  readonly exhausted: CounterSeries;
  /** Series that begin with their first value. */
  waitOf(): HistogramSeries;
  /** Of scheduled jobs only, as are those below. */
  readonly overlaps?: CounterSeries;
  lastSuccessOf?(): GaugeSeries;
  nowMs(): number;
}

class JobObserver extends CallObserver {
  readonly #job: JobSeries;
  #wait: HistogramSeries | undefined;
  lastStartMs: number | undefined;

  constructor(calls: CallSeries, job: JobSeries) {
    super(calls);
    this.#job = job;
  }

  override started(): void {
    const { overlaps, nowMs } = this.#job;
    if (overlaps !== undefined) {
      if (this.executing > 0) overlaps.inc();
      this.lastStartMs = nowMs();
    }
    super.started();
  }

  override succeeded(seconds: number, attempts: number, events: number | undefined): void {
    super.succeeded(seconds, attempts, events);
    this.#job.lastSuccessOf?.().set(this.#job.nowMs() / 1_000);
  }

  waited(seconds: number): void {
    this.#wait ??= this.#job.waitOf();
    this.#wait.observe(seconds);
  }

  exhausted(): void {
    this.#job.exhausted.inc();
  }
}
