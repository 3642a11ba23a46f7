import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import type { CatalogueNaming } from '../../metrics/catalogue-instruments.js';
import { HttpMetrics, type MethodRequests, UNMATCHED } from '../../metrics/http-metrics.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import { isKnownMethod, OTHER_METHOD } from '../http-route/http-method.js';
import { ExcludedEndpoints } from './excluded-endpoints.js';

/** What {@link HttpRequests} records with. */
export interface HttpRecording extends CatalogueNaming {
  readonly registry: MetricRegistry;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Endpoints without metrics. */
  readonly exclude?: readonly string[] | undefined;
  /** Bounds of the durations, in seconds. */
  readonly buckets?: readonly number[] | undefined;
}

/** Where the requests of an application are measured, whichever way they come in. */
export class HttpRequests {
  /** Whether the platform tells of every request. */
  isHooked = false;
  readonly #metrics: HttpMetrics;
  readonly #excluded: ExcludedEndpoints;
  readonly #clock: Clock;
  readonly #faults: Faults;

  constructor({ registry, clock, faults, namespace, exclude = [], buckets }: HttpRecording) {
    const excluded = new ExcludedEndpoints(exclude);
    this.#excluded = excluded;
    this.#clock = clock;
    this.#faults = faults;
    this.#metrics = new HttpMetrics(
      registry,
      { namespace },
      {
        buckets,
        isExcluded: (endpoint) => excluded.has(endpoint),
      },
    );
  }

  /** Excludes further endpoints, by route template. */
  exclude(endpoints: readonly string[]): void {
    this.#excluded.add(endpoints);
  }

  /** Begins to measure a request; `undefined` for one that is excluded, and when that goes wrong. */
  begin({ method = '', url = '' }: RequestLine): MeasuredRequest | undefined {
    try {
      if (this.#excluded.hasPath(url)) return undefined;
      return new MeasuredRequest(this.#of(method), this.#clock, this.#faults);
    } catch (fault) {
      this.#faults.report('http', fault);
      return undefined;
    }
  }

  /** Counts a request that was known only when it was over. */
  count({ method = '', url = '' }: RequestLine, end: RequestEnd, durationSeconds: number): void {
    try {
      if (this.#excluded.hasPath(url)) return;
      this.#of(method).count(end.endpoint() ?? UNMATCHED, end.status(), durationSeconds);
    } catch (fault) {
      this.#faults.report('http', fault);
    }
  }

  #of(method: string): MethodRequests {
    return this.#metrics.method(isKnownMethod(method) ? method : OTHER_METHOD);
  }
}

/** What is known of a request when it comes in. */
export interface RequestLine {
  readonly method?: string | undefined;
  /** Path and query. */
  readonly url?: string | undefined;
}

/** How a request ended; asked when it did. */
export interface RequestEnd {
  /** Template of its route; `undefined` when it matched none. */
  endpoint(): string | undefined;
  status(): number;
}

/** A request that is being answered. */
export class MeasuredRequest {
  readonly #requests: MethodRequests;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #startedMs: number;
  #open = true;

  /** @internal */
  constructor(requests: MethodRequests, clock: Clock, faults: Faults) {
    this.#requests = requests;
    this.#clock = clock;
    this.#faults = faults;
    this.#startedMs = clock.monotonicMs();
    requests.started();
  }

  /** Ends it, once. */
  end(end: RequestEnd): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      const seconds = (this.#clock.monotonicMs() - this.#startedMs) / 1000;
      this.#requests.finished(end.endpoint() ?? UNMATCHED, end.status(), seconds);
    } catch (fault) {
      this.#faults.report('http', fault);
    }
  }
}
