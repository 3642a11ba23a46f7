import { LimitedValues } from '../../kernel/label.js';
import { outboundMetrics } from '../../metrics/catalogue/integrations/outbound.js';
import type { CounterSeries } from '../../metrics/instruments/counter.js';
import type { HistogramSeries } from '../../metrics/instruments/histogram.js';
import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from '../../metrics/recorders/catalogue-instruments.js';
import type { MetricRegistry } from '../../metrics/registry.js';

/** Maximum number of origins with series of their own. */
const HOST_LIMIT = 100;
/** Maximum number of spellings of origins that are remembered; others are read anew. */
const SPELLING_LIMIT = 2 * HOST_LIMIT;

/** Dependencies of {@link OutboundSeries}. */
export interface OutboundSeriesDeps {
  readonly registry: MetricRegistry;
  readonly naming: CatalogueNaming;
  /** Origins that are not observed. */
  readonly exclude: readonly string[];
}

/** Request that has ended. */
interface EndedRequest {
  readonly method: string;
  readonly status: string;
  readonly seconds: number;
}

/** Series of the requests to one origin. Each is looked up once: a lookup takes longer than all else that a request costs. */
export class OriginSeries {
  readonly #metrics: CatalogueInstruments<typeof outboundMetrics>;
  readonly #host: string;
  readonly #requests = new Map<string, CounterSeries>();
  readonly #durations = new Map<string, HistogramSeries>();

  constructor(metrics: CatalogueInstruments<typeof outboundMetrics>, host: string) {
    this.#metrics = metrics;
    this.#host = host;
  }

  /** Counts a request. */
  record({ method, status, seconds }: EndedRequest): void {
    const host = this.#host;
    const key = `${method} ${status}`;
    let requests = this.#requests.get(key);
    if (requests === undefined) {
      requests = this.#metrics.requests.labels({ method, host, status });
      this.#requests.set(key, requests);
    }
    let durations = this.#durations.get(method);
    if (durations === undefined) {
      durations = this.#metrics.duration.labels({ method, host });
      this.#durations.set(method, durations);
    }
    requests.inc();
    durations.observe(seconds);
  }
}

/** Finds the series of an origin. */
export class OutboundSeries {
  readonly #metrics: CatalogueInstruments<typeof outboundMetrics>;
  readonly #excluded: ReadonlySet<string>;
  readonly #hosts = new LimitedValues(HOST_LIMIT);
  readonly #byHost = new Map<string, OriginSeries>();
  readonly #bySpelling = new Map<string, OriginSeries>();

  constructor({ registry, naming, exclude }: OutboundSeriesDeps) {
    const { namespace } = naming;
    this.#metrics = registerCatalogue(registry, outboundMetrics, { namespace });
    this.#excluded = new Set(exclude);
  }

  /**
   * Returns the series of an origin; `undefined` for an excluded one.
   *
   * @param spelling - The origin as its client writes it.
   */
  of(spelling: string): OriginSeries | undefined {
    const known = this.#bySpelling.get(spelling);
    if (known !== undefined) return known;
    const origin = originIn(spelling);
    if (this.#excluded.has(origin)) return undefined;
    const host = this.#hosts.of(origin);
    const series = this.#byHost.get(host) ?? new OriginSeries(this.#metrics, host);
    this.#byHost.set(host, series);
    if (this.#bySpelling.size < SPELLING_LIMIT) this.#bySpelling.set(spelling, series);
    return series;
  }
}

/** Returns the origin, without user, path and default port. */
function originIn(text: string): string {
  try {
    const { protocol, host } = new URL(text);
    return `${protocol}//${host}`;
  } catch {
    return 'unknown';
  }
}
