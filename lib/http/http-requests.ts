import type { Clock } from '../kernel/clock.js';
import type { Faults } from '../kernel/faults.js';
import type { CatalogueNaming } from '../metrics/recorders/catalogue-instruments.js';
import type { MetricRegistry } from '../metrics/registry.js';
import { isEnginePoll, PollRecorder } from './engine-polls.js';
import { isKnownMethod, OTHER_METHOD } from './http-method.js';
import { HttpMetrics, type MethodRequests, UNMATCHED } from './http-metrics.js';
import type { OpenRequest, RequestEnd, RequestRecorder } from './open-request.js';
import type { RequestFollower } from './open-requests.js';

/** Endpoints without metrics, by route template; `/internal/*` matches all paths below `/internal`. */
export class ExcludedEndpoints {
  readonly #exact = new Set<string>();
  readonly #prefixes: string[] = [];
  /** Excluded first characters after the slash, by code; 0 if none. They decide for most requests. */
  readonly #initials = new Uint8Array(128);

  /** @param patterns - Templates, or prefixes that end in `/*`. */
  constructor(patterns: readonly string[]) {
    this.add(patterns);
  }

  /** Excludes further endpoints. Their existing counts remain. */
  add(patterns: readonly string[]): void {
    for (const it of patterns) {
      if (it.endsWith('/*')) this.#addPrefix(it.slice(0, -1));
      else this.#addExact(it);
    }
  }

  /** Returns true if a route template is excluded. */
  has(endpoint: string): boolean {
    return this.#exact.has(endpoint) || this.#prefixes.some((it) => endpoint.startsWith(it));
  }

  /** Returns true if a prefix excludes a path. */
  isBelow(path: string): boolean {
    return this.#prefixes.some((it) => path.startsWith(it) || `${path}/` === it);
  }

  /**
   * Returns true if a request is excluded by its path, before routing.
   *
   * @param url - Path and query.
   */
  hasPath(url: string): boolean {
    if (this.#initials[url.charCodeAt(1)] === 0) return false;
    const query = url.indexOf('?');
    return this.has(query === -1 ? url : url.slice(0, query));
  }

  #addExact(endpoint: string): void {
    this.#exact.add(endpoint);
    this.#addInitial(endpoint);
  }

  #addPrefix(prefix: string): void {
    this.#prefixes.push(prefix);
    this.#addInitial(prefix);
  }

  /** Marks all characters if the text after the slash may be anything: a query, or all paths below the root. */
  #addInitial(start: string): void {
    const initial = start.charCodeAt(1);
    if (initial < this.#initials.length) this.#initials[initial] = 1;
    else if (Number.isNaN(initial)) this.#initials.fill(1);
  }
}

/** Dependencies of {@link HttpRequests}. */
export interface HttpRecording extends CatalogueNaming {
  readonly registry: MetricRegistry;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Endpoints without metrics. */
  readonly exclude?: readonly string[] | undefined;
  /** Upper bounds of the duration histogram in seconds. */
  readonly buckets?: readonly number[] | undefined;
  /** True to measure polls of Engine.IO. */
  readonly polls?: boolean | undefined;
}

/** Measures the requests of an application, from any source. */
export class HttpRequests implements RequestFollower {
  /** True if the platform reports every request. */
  isHooked = false;
  readonly #metrics: HttpMetrics;
  readonly #excluded: ExcludedEndpoints;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #polls: boolean;
  readonly #recorders = new Map<string, MethodRecorder>();
  /** Recorder of the previous request's method, which is usually the same. */
  #latest: MethodRecorder | undefined;

  constructor({ registry, clock, faults, namespace, ...options }: HttpRecording) {
    const { exclude = [], buckets, polls = false } = options;
    const excluded = new ExcludedEndpoints(exclude);
    this.#polls = polls;
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

  /** {@inheritDoc RequestFollower.began} */
  began(request: OpenRequest): void {
    try {
      const recorder = this.#recorderOf(request.request);
      if (recorder === undefined) return;
      if (isEnginePoll(request.request.url ?? '')) {
        request.startedMs = this.#clock.monotonicMs();
        request.recorder = new PollRecorder(recorder, this.#polls);
        return;
      }
      request.startedMs = recorder.start();
      request.recorder = recorder;
    } catch (fault) {
      this.#faults.report('http', fault);
    }
  }

  /** Starts to measure a request; `undefined` for an excluded request or after a fault. */
  begin(line: RequestLine): MeasuredRequest | undefined {
    try {
      const recorder = this.#recorderOf(line);
      return recorder && new MeasuredRequest(recorder);
    } catch (fault) {
      this.#faults.report('http', fault);
      return undefined;
    }
  }

  #recorderOf({ method = '', url = '' }: RequestLine): MethodRecorder | undefined {
    if (this.#excluded.hasPath(url)) return undefined;
    const latest = this.#latest;
    return latest?.method === method ? latest : this.#findRecorder(method);
  }

  #findRecorder(method: string): MethodRecorder {
    const found = this.#recorders.get(method) ?? this.#makeRecorder(method);
    this.#latest = found;
    return found;
  }

  #makeRecorder(method: string): MethodRecorder {
    if (!isKnownMethod(method) && method !== OTHER_METHOD) {
      // Clients may send arbitrary methods, which share one label value.
      return this.#recorders.get(OTHER_METHOD) ?? this.#makeRecorder(OTHER_METHOD);
    }
    const made = new MethodRecorder(method, {
      requests: this.#metrics.method(method),
      clock: this.#clock,
      faults: this.#faults,
    });
    this.#recorders.set(method, made);
    return made;
  }
}

/** Properties of a request on arrival. */
export interface RequestLine {
  readonly method?: string | undefined;
  /** Path and query. */
  readonly url?: string | undefined;
}

interface MethodRecording {
  readonly requests: MethodRequests;
  readonly clock: Clock;
  readonly faults: Faults;
}

/** Records the requests of one method. */
class MethodRecorder implements RequestRecorder {
  readonly method: string;
  readonly #requests: MethodRequests;
  readonly #clock: Clock;
  readonly #faults: Faults;

  constructor(method: string, { requests, clock, faults }: MethodRecording) {
    this.method = method;
    this.#requests = requests;
    this.#clock = clock;
    this.#faults = faults;
  }

  /** Counts a started request. @returns Start time. */
  start(): number {
    const startedMs = this.#clock.monotonicMs();
    this.#requests.started();
    return startedMs;
  }

  /** {@inheritDoc RequestRecorder.ended} */
  ended(request: OpenRequest): void {
    this.end(request.startedMs, request);
  }

  /** {@inheritDoc RequestRecorder.dropped} It has no status and no duration, so it counts as no finished request. */
  dropped(): void {
    this.#requests.dropped();
  }

  end(startedMs: number, end: RequestEnd): void {
    try {
      const seconds = (this.#clock.monotonicMs() - startedMs) / 1000;
      this.#requests.finished(end.endpoint() ?? UNMATCHED, end.status(), seconds);
    } catch (fault) {
      this.#faults.report('http', fault);
    }
  }
}

/** Request that its caller measures from start to end. */
export class MeasuredRequest {
  readonly #recorder: MethodRecorder;
  readonly #startedMs: number;
  #open = true;

  /** @internal */
  constructor(recorder: MethodRecorder) {
    this.#recorder = recorder;
    this.#startedMs = recorder.start();
  }

  /** Ends the measurement; only the first call counts. */
  end(end: RequestEnd): void {
    if (!this.#open) return;
    this.#open = false;
    this.#recorder.end(this.#startedMs, end);
  }
}
