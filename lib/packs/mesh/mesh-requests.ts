import type { ServerResponse } from 'node:http';
import type { Clock } from '../../kernel/clock.js';
import { isKnownMethod, OTHER_METHOD } from '../../http/http-method.js';
import type { OpenRequest, RequestRecorder } from '../../http/open-request.js';
import type { RequestFollower } from '../../http/open-requests.js';
import { meshMetrics } from '../../metrics/catalogue/plugins/mesh.js';
import {
  type CatalogueInstruments,
  registerCatalogue,
} from '../../metrics/recorders/catalogue-instruments.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import { peerOf } from './mesh-peer.js';

/** Dependencies of {@link MeshRequests}. */
export interface MeshDeps {
  readonly registry: MetricRegistry;
  readonly namespace: string;
  readonly clock: Clock;
  /** Receives the faults of an observation. */
  report(fault: unknown): void;
}

/** Records the requests that the HTTP metrics measure, by the workload that sent them. */
export class MeshRequests implements RequestFollower {
  readonly #deps: MeshDeps;
  readonly #metrics: CatalogueInstruments<typeof meshMetrics>;

  constructor(deps: MeshDeps) {
    this.#deps = deps;
    this.#metrics = registerCatalogue(deps.registry, meshMetrics, { namespace: deps.namespace });
  }

  /** {@inheritDoc RequestFollower.began} */
  began(request: OpenRequest): void {
    const { recorder } = request;
    // Excluded, such as a scrape or a probe.
    if (recorder === undefined) return;
    request.recorder = new MeshRecorder(recorder, (it) => this.#record(it));
  }

  #record(open: OpenRequest): void {
    try {
      const { request, response, startedMs } = open;
      const { headers, method = '' } = request;
      const { source, security } = peerOf(headers);
      const labels = { source, method: isKnownMethod(method) ? method : OTHER_METHOD };
      const { requests, duration, received, sent, retries } = this.#metrics;
      requests.labels({ ...labels, status: String(open.status()), security }).inc();
      const seconds = (this.#deps.clock.monotonicMs() - startedMs) / 1_000;
      duration.labels(labels).observe(seconds);
      if (Number(headers['x-envoy-attempt-count']) > 1) retries.labels(labels).inc();
      const isChunked = headers['transfer-encoding'] !== undefined;
      observeSize(
        received.labels(labels),
        headers['content-length'] ?? (isChunked ? undefined : 0),
      );
      observeSize(sent.labels(labels), method === 'HEAD' ? 0 : lengthOf(response));
    } catch (fault) {
      this.#deps.report(fault);
    }
  }
}

const NO_BODY: ReadonlySet<number> = new Set([204, 304]);

/** Returns the length of a body. Node.js keeps that of headers which are sent at once, as Fastify does, to itself. */
function lengthOf(response: ServerResponse): unknown {
  if (NO_BODY.has(response.statusCode)) return 0;
  const { _contentLength: known } = response as { readonly _contentLength?: unknown };
  return typeof known === 'number' ? known : response.getHeader('content-length');
}

function observeSize(series: { observe(bytes: number): void }, length: unknown): void {
  const bytes = Number(length);
  // A client may send anything, and a body in chunks has no length.
  if (Number.isSafeInteger(bytes) && bytes >= 0) series.observe(bytes);
}

/** Records a request after the HTTP metrics have. */
class MeshRecorder implements RequestRecorder {
  readonly #inner: RequestRecorder;
  readonly #record: (request: OpenRequest) => void;

  constructor(inner: RequestRecorder, record: (request: OpenRequest) => void) {
    this.#inner = inner;
    this.#record = record;
  }

  /** {@inheritDoc RequestRecorder.ended} */
  ended(request: OpenRequest): void {
    this.#inner.ended(request);
    this.#record(request);
  }

  /** {@inheritDoc RequestRecorder.dropped} */
  dropped(): void {
    this.#inner.dropped();
  }
}
