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

/** Value of `endpoint` for requests without a matching route: a single series for all of them. */
export const UNMATCHED = 'unmatched';

/** Settings of the request metrics of an application. */
export interface HttpMetricsRules {
  /** Upper bounds of the duration histogram in seconds. @defaultValue those of the catalogue */
  readonly buckets?: readonly number[] | undefined;
  /** Returns true for an endpoint without metrics. Called once per method and endpoint. */
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

  /** @param method - Method from a closed list. */
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
 * Requests of one method. Each `started` is followed by one `finished`. Per-request counts are
 * plain numbers, which are published to the series on read.
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

  /** Counts a started request. */
  started(): void {
    this.#open++;
  }

  /** Releases a started request that has no end. */
  dropped(): void {
    this.#open--;
  }

  /** Publishes the counts to the series. */
  publish(): void {
    this.#concurrent.inc(this.#open - this.#published);
    this.#published = this.#open;
    for (const it of this.#endpoints.values()) it?.publish();
  }

  /**
   * Records a finished request.
   *
   * @param endpoint - Template of its route.
   */
  finished(endpoint: string, status: number, durationSeconds: number): void {
    this.#open--;
    const known = this.#endpoints.get(endpoint);
    const requests = known ?? (this.#endpoints.has(endpoint) ? undefined : this.#make(endpoint));
    requests?.finished(status, durationSeconds);
    // Not retained, so it cannot be published later.
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
    // Clients control the number of folded endpoints, so they are not retained.
    if (made.isKept) this.#endpoints.set(endpoint, made);
    return made;
  }
}

class EndpointRequests {
  readonly #instruments: Instruments;
  readonly #scope: LabelScope;
  readonly #duration: ObservationBuffer;
  readonly #byStatus = new Map<number, StatusCount>();
  /** Status of the previous request, which is usually the same. */
  #latest: StatusCount | undefined;
  /** True if the endpoint has its own series. */
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
  /** Requests not yet published to the series. */
  pending: number;
}
