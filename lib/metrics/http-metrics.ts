import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from './catalogue-instruments.js';
import { httpMetrics } from './catalogue/http.js';
import type { CounterSeries } from './counter.js';
import type { GaugeSeries } from './gauge.js';
import type { HistogramSeries } from './histogram.js';
import { LabelScope } from './label-scope.js';
import type { MetricRegistry } from './registry.js';

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

/** The requests of one method. Each `started` is followed by one `finished`. */
export class MethodRequests {
  readonly #method: string;
  readonly #instruments: Instruments;
  readonly #rules: HttpMetricsRules;
  readonly #concurrent: GaugeSeries;
  readonly #endpoints = new Map<string, EndpointRequests | undefined>();

  /** @internal */
  constructor(method: string, instruments: Instruments, rules: HttpMetricsRules) {
    this.#method = method;
    this.#instruments = instruments;
    this.#rules = rules;
    this.#concurrent = instruments.concurrent.labels({ method });
  }

  /** A request came in. */
  started(): void {
    this.#concurrent.inc();
  }

  /**
   * It ended.
   *
   * @param endpoint - Template of its route.
   */
  finished(endpoint: string, status: number, durationSeconds: number): void {
    this.#concurrent.dec();
    this.count(endpoint, status, durationSeconds);
  }

  /** A request that was known only when it was over. */
  count(endpoint: string, status: number, durationSeconds: number): void {
    const known = this.#endpoints.get(endpoint);
    const requests = known ?? (this.#endpoints.has(endpoint) ? undefined : this.#make(endpoint));
    requests?.finished(status, durationSeconds);
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
    if (scope.kept) this.#endpoints.set(endpoint, made);
    return made;
  }
}

class EndpointRequests {
  readonly #instruments: Instruments;
  readonly #scope: LabelScope;
  readonly #duration: HistogramSeries;
  readonly #byStatus = new Map<number, CounterSeries>();

  constructor(instruments: Instruments, scope: LabelScope) {
    this.#instruments = instruments;
    this.#scope = scope;
    this.#duration = scope.of(instruments.duration);
  }

  finished(status: number, durationSeconds: number): void {
    let counter = this.#byStatus.get(status);
    if (counter === undefined) {
      counter = this.#scope.of(this.#instruments.requests, { status: String(status) });
      this.#byStatus.set(status, counter);
    }
    counter.inc();
    this.#duration.observe(durationSeconds);
  }
}
