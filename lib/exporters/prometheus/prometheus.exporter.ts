import { codedFault } from '../../kernel/errors/fault-classification.js';
import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import type { PromClientMetric } from '../../metrics/aggregation/sampled-metric.js';
import { exposedNames } from '../../metrics/definition/metric-definition.js';
import type { SelfMetrics } from '../../metrics/recorders/self-metrics.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import type { RegistrySnapshot } from '../../metrics/snapshot/snapshot.js';
import { ChunkedBody, YieldBudget } from './cache/chunked-body.js';
import { ExpositionCaches } from './cache/exposition-cache.js';
import type { DerivedFamilies, DerivedReading, FamilySource } from './derived-families.js';
import { Exposition } from './exposition.js';
import type { ExpositionKind } from './format/content-negotiation.format.js';
import type { ExpositionFormat } from './format/exposition-format.js';
import { type OpenMetricsOptions, openMetricsText } from './format/openmetrics-text.format.js';
import { prometheusText } from './format/prometheus-text.format.js';
import type { Labels } from './format/sample.format.js';
import { ScrapeDelivery } from './http/scrape-delivery.js';
import { PromClientMirror, type WritableRegistry } from './prom-client/prom-client-mirror.js';
import type { PromClientSource } from './prom-client/prom-client-registry.js';
import { formatPromClient } from './prom-client/prom-client.format.js';

/** Dependencies of the exporter. */
export interface PrometheusSource {
  /** Registry of the rendered metrics. */
  readonly registry: MetricRegistry;
  /** Metrics of the exporter's own work. */
  readonly self: SelfMetrics;
  readonly clock: Clock;
  /** Receives the exporter's faults. */
  readonly faults: Faults;
  /** Labels of every series. */
  readonly globalLabels: Labels;
}

/** Input of a rendering: the library's metrics and those of prom-client. */
interface Reading {
  readonly snapshot: RegistrySnapshot;
  readonly sampled: readonly PromClientMetric[];
}

/** Renders `/metrics`. Scrapes that arrive during a rendering share it. */
export class PrometheusExporter {
  /** @internal Responses in transmission. */
  readonly delivery = new ScrapeDelivery();
  readonly #source: PrometheusSource;
  readonly #kept: ExpositionCaches;
  readonly #renderings = new Map<ExpositionKind, Promise<Exposition>>();
  #formats: Readonly<Record<ExpositionKind, ExpositionFormat>>;
  readonly #sampled: Pick<PromClientSource, 'read'>[] = [];
  readonly #derived: DerivedFamilies[] = [];
  #gather: () => Promise<Reading | undefined> = () => Promise.resolve(undefined);

  /** @internal */
  constructor(source: PrometheusSource) {
    this.#source = source;
    this.#kept = new ExpositionCaches(source.clock, source.globalLabels);
    this.#formats = formatsWith({ exemplars: true, created: false });
    source.self.expectExports('prometheus');
  }

  /** @internal Appends metrics of another registry, such as that of prom-client. */
  include(source: Pick<PromClientSource, 'read'>): void {
    this.#sampled.push(source);
  }

  /**
   * @internal Replaces the application's own metrics by gathered ones.
   *
   * @param gather - Resolves to `undefined` when only the application's own metrics exist.
   */
  gatherBy(gather: () => Promise<Reading | undefined>): void {
    this.#gather = gather;
  }

  /** @internal Reads the metrics of other registries. */
  async readSampled(): Promise<readonly PromClientMetric[]> {
    return (await Promise.all(this.#sampled.map((it) => it.read()))).flat();
  }

  /** @internal Mirrors all metrics to a prom-client registry until the mirror is closed. */
  mirrorTo(target: WritableRegistry): PromClientMirror {
    const { registry, globalLabels, faults } = this.#source;
    return new PromClientMirror({ registry, globalLabels, faults, target });
  }

  /** @internal Selects the optional parts of OpenMetrics. */
  configure(parts: OpenMetricsOptions): void {
    this.#formats = formatsWith(parts);
  }

  /** @internal Appends families that are derived from the application's metrics. */
  derive(families: DerivedFamilies): void {
    this.#derived.push(families);
  }

  /** @internal Returns the source of a derived family. */
  sourceOf(name: string): FamilySource | undefined {
    for (const it of this.#derived) {
      const source = it.sourceOf(name);
      if (source !== undefined) return source;
    }
    return undefined;
  }

  /**
   * Renders all metrics in the text format 0.0.4.
   *
   * @throws Error of a collector in the application's prom-client registry.
   */
  async render(): Promise<string> {
    return (await this.expose('text')).text();
  }

  /**
   * Renders all metrics in one of the formats, as bytes. It yields to the event loop during the
   * work and still shows one instant.
   *
   * @throws Error of a collector in the application's prom-client registry.
   */
  expose(kind: ExpositionKind): Promise<Exposition> {
    const running = this.#renderings.get(kind);
    if (running !== undefined) return running;
    const rendering = this.#renderMeasured(this.#formats[kind]).finally(() => {
      this.#renderings.delete(kind);
    });
    this.#renderings.set(kind, rendering);
    return rendering;
  }

  async #renderMeasured(format: ExpositionFormat): Promise<Exposition> {
    const { clock, self } = this.#source;
    const startedMs = clock.monotonicMs();
    const finish = (outcome: 'success' | 'failure') =>
      self.exported('prometheus', outcome, (clock.monotonicMs() - startedMs) / 1000);
    try {
      const exposition = await this.#renderAll(format);
      finish('success');
      return exposition;
    } catch (error) {
      finish('failure');
      this.#source.faults.report('prometheus', error);
      throw error;
    }
  }

  async #renderAll(format: ExpositionFormat): Promise<Exposition> {
    const { snapshot, sampled } = (await this.#gather()) ?? (await this.#readOwn());
    const share = new YieldBudget(this.#source.clock);
    const ours = new Set(snapshot.metrics.flatMap(({ definition }) => exposedNames(definition)));
    const free = this.#withoutTaken(sampled, ours);
    const names = new Set([...ours, ...free.flatMap((it) => exposedNames(it))]);
    const derived = this.#derived.map((it) => this.#readDerived(it, snapshot, names));
    const isTaken = (name: string) => names.has(name);
    const pieces = new ChunkedBody();
    const metrics = derived.flatMap((it) => it.metrics);
    const all = { ...snapshot, metrics: [...snapshot.metrics, ...metrics] };
    await this.#kept.of(format).write(all, { pieces, share, isTaken });
    const { globalLabels, faults } = this.#source;
    const report = (fault: Error) => faults.report('prometheus', fault);
    for (const metric of [...derived.flatMap((it) => it.sampled), ...free]) {
      for (const text of formatPromClient(metric, { format, globalLabels, isTaken, report })) {
        pieces.addText(text);
        if (share.isOver) await share.yield();
      }
    }
    pieces.addText(format.end);
    return new Exposition(format.contentType, pieces.finish());
  }

  async #readOwn(): Promise<Reading> {
    const sampled = await this.readSampled();
    await this.#source.registry.prepare();
    return { snapshot: this.#source.registry.snapshot(), sampled };
  }

  /** @param names - All exposed names; the names of derived families are added. */
  #readDerived(
    families: DerivedFamilies,
    snapshot: RegistrySnapshot,
    names: Set<string>,
  ): DerivedReading {
    const reading = families.of(snapshot, (it) => names.has(it));
    const exposed = [...reading.metrics.map((it) => it.definition), ...reading.sampled];
    for (const it of exposed.flatMap(exposedNames)) names.add(it);
    for (const name of reading.clashing) {
      this.#reportDuplicate(`a metric is called ${name} already; the alias is left out`);
    }
    return reading;
  }

  #withoutTaken(
    foreign: readonly PromClientMetric[],
    ours: ReadonlySet<string>,
  ): PromClientMetric[] {
    const taken = new Set(ours);
    return foreign.filter((it) => {
      const names = exposedNames(it);
      const isTaken = names.some((name) => taken.has(name));
      if (isTaken) this.#reportDuplicate(`another registry defines ${it.name} as well; left out`);
      else for (const name of names) taken.add(name);
      return !isTaken;
    });
  }

  #reportDuplicate(problem: string): void {
    this.#source.faults.report('prometheus', codedFault('OBS_METRIC_DUPLICATE', problem));
  }
}

function formatsWith(parts: OpenMetricsOptions): Record<ExpositionKind, ExpositionFormat> {
  return { text: prometheusText, openmetrics: openMetricsText(parts) };
}
