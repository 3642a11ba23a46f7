import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from '../metrics/recorders/catalogue-instruments.js';
import { httpMetrics } from '../metrics/catalogue/http.js';
import type { CounterSeries } from '../metrics/instruments/counter.js';
import type { GaugeSeries } from '../metrics/instruments/gauge.js';
import { LabelScope } from '../metrics/cardinality/label-scope.js';
import { ObservationBuffer } from '../metrics/instruments/observation-buffer.js';
import type { MetricRegistry } from '../metrics/registry.js';

/** Value of `endpoint` for a request that matched no route: one series, whatever clients ask for. */
export const UNMATCHED = 'unmatched';

/** What an application says about the metrics of its requests. */
export interface HttpMetricsRules {
  /** Bounds of the durations in seconds. @defaultValue those of the catalogue */
  readonly buckets?: readonly number[] | undefined;
  /** Whether an endpoint has no metrics; asked once per method and endpoint. */
  isExcluded(endpoint: string): boolean;
}

type Instruments = CatalogueInstruments<typeof httpMetrics>;

/** Records HTTP requests. */
export class HttpMetrics {
  readonly #instruments: Instruments;
  readonly #rules: HttpMetricsRules;
  readonly #methods = new Map<string, MethodRequests>();

  constructor(registry: MetricRegistry, { namespace }: CatalogueNaming, rules: HttpMetricsRules) {
    const { buckets = httpMetrics.duration.buckets } = rules;
    const part = { ...httpMetrics, duration: { ...httpMetrics.duration, buckets } };
    this.#instruments = registerCatalogue(registry, part, { namespace });
    this.#rules = rules;
    registry.onCollect(() => {
      for (const it of this.#methods.values()) it.publish();
    });
  }

  /** @param method - Of a closed list. */
  method(method: string): MethodRequests {
    let requests = this.#methods.get(method);
    if (requests === undefined) {
      requests = new MethodRequests(method, this.#instruments, this.#rules);
      this.#methods.set(method, requests);
    }
    return requests;
  }
}

/**
 * The requests of one method. Each `started` is followed by one `finished`. What every request changes is kept in numbers
 * of its own, which the series learn of when somebody reads them.
 */
export class MethodRequests {
  readonly #method: string;
  readonly #instruments: Instruments;
  readonly #rules: HttpMetricsRules;
  readonly #concurrent: GaugeSeries;
  readonly #endpoints = new Map<string, EndpointRequests | undefined>();
  #open = 0;
  #published = 0;

  /** @internal */
  constructor(method: string, instruments: Instruments, rules: HttpMetricsRules) {
    this.#method = method;
    this.#instruments = instruments;
    this.#rules = rules;
    this.#concurrent = instruments.concurrent.labels({ method });
  }

  /** A request came in. */
  started(): void {
    this.#open++;
  }

  /** Brings the series up to date. */
  publish(): void {
    this.#concurrent.inc(this.#open - this.#published);
    this.#published = this.#open;
    for (const it of this.#endpoints.values()) it?.publish();
  }

  /**
   * It ended.
   *
   * @param endpoint - Template of its route.
   */
  finished(endpoint: string, status: number, durationSeconds: number): void {
    this.#open--;
    const known = this.#endpoints.get(endpoint);
    const requests = known ?? (this.#endpoints.has(endpoint) ? undefined : this.#make(endpoint));
    requests?.finished(status, durationSeconds);
    // Nobody has it who could publish it later.
    if (requests?.isKept === false) requests.publish();
  }

  #make(endpoint: string): EndpointRequests | undefined {
    const { requests, duration } = this.#instruments;
    if (this.#rules.isExcluded(endpoint)) {
      this.#endpoints.set(endpoint, undefined);
      return undefined;
    }
    const labels = { method: this.#method, endpoint };
    const scope = new LabelScope(labels, [[duration], [requests, [{ status: '200' }]]]);
    const made = new EndpointRequests(this.#instruments, scope);
    // What is folded is as many as clients like.
    if (made.isKept) this.#endpoints.set(endpoint, made);
    return made;
  }
}

class EndpointRequests {
  readonly #instruments: Instruments;
  readonly #scope: LabelScope;
  readonly #duration: ObservationBuffer;
  readonly #byStatus = new Map<number, StatusCount>();
  /** That of the request before: most often the same. */
  #latest: StatusCount | undefined;
  /** Whether the endpoint has series of its own. */
  readonly isKept: boolean;

  constructor(instruments: Instruments, scope: LabelScope) {
    this.#instruments = instruments;
    this.#scope = scope;
    this.#duration = new ObservationBuffer(scope.of(instruments.duration));
    this.isKept = scope.kept;
  }

  finished(status: number, durationSeconds: number): void {
    const latest = this.#latest;
    const count = latest?.status === status ? latest : this.#countOf(status);
    count.pending++;
    this.#duration.add(durationSeconds);
  }

  publish(): void {
    for (const it of this.#byStatus.values()) {
      it.series.inc(it.pending);
      it.pending = 0;
    }
    this.#duration.publish();
  }

  #countOf(status: number): StatusCount {
    const count = this.#byStatus.get(status) ?? this.#begin(status);
    this.#latest = count;
    return count;
  }

  #begin(status: number): StatusCount {
    const series = this.#scope.of(this.#instruments.requests, { status: String(status) });
    const begun = { status, series, pending: 0 };
    this.#byStatus.set(status, begun);
    return begun;
  }
}

interface StatusCount {
  readonly status: number;
  readonly series: CounterSeries;
  /** Requests that the series does not know of yet. */
  pending: number;
}
