import { absorb } from '../../../kernel/hooks.js';
import type { StoredSpan, StoredTrace } from '../stored-trace.js';
import { assembleTrace } from '../trace-assembly.js';
import { toTraceId, traceQueryProblem } from '../trace-query-rules.js';
import { selectTraces, type TraceQuery } from '../trace-query.js';
import type { TraceStore, TraceStoreResult } from '../trace-store.js';
import {
  type InMemoryLimits,
  type InMemoryTraceStoreOptions,
  toInMemoryLimits,
} from './in-memory-trace-store-options.js';
import { copySpan, type EndedSpan, spanBytes } from './span-copy.js';
import { KeptTraces } from './kept-traces.js';
import { DroppedSpans, type TraceRecord, TraceRing } from './trace-ring.js';

// Source: https://www.w3.org/TR/trace-context/#sampled-flag
const SAMPLED = 1;
/** Part of the store, of its spans and of its bytes, that slow and failed traces may keep. */
const KEPT_SHARE = 0.25;

/** Current content of an in-memory store, and its losses since its creation. */
export interface TraceStoreUsage {
  /** Traces with at least one stored span. */
  readonly traces: number;
  /** Spans of all traces. */
  readonly spans: number;
  /** Estimated memory of the spans in bytes. */
  readonly bytes: number;
  /** Spans evicted or dropped because of a limit. */
  readonly droppedSpans: number;
  /** Spans that could not be read. */
  readonly faults: number;
}

/**
 * Trace store for the last finished spans of this process, in bounded memory. It is a span
 * processor: pass it to the tracer provider beside the processor that exports. At a limit, it
 * evicts the whole trace that has received no span for the longest time. A quarter of the store is
 * for traces that are worth keeping: the slowest of each span name and the latest failed ones of
 * each error type outlive the others. The last remaining trace drops its new spans instead.
 *
 * It has no indexes. A query scans all stored spans, 1 to 2 ms for 10000 of them, so recording has
 * the same cost at any size and memory is bounded by the spans.
 *
 * @example
 * ```ts
 * import { InMemoryTraceStore } from '@eventcore/nestjs-observability/trace-stores';
 * import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
 *
 * export const traces = new InMemoryTraceStore({ maxSpans: 5000 });
 * new NodeTracerProvider({ spanProcessors: [traces] }).register();
 * ```
 */
export class InMemoryTraceStore implements TraceStore {
  readonly #limits: InMemoryLimits;
  readonly #onFault: ((error: unknown) => void) | undefined;
  readonly #ring = new TraceRing();
  readonly #gone = new DroppedSpans();
  readonly #kept: KeptTraces;
  #spans = 0;
  #bytes = 0;
  #droppedSpans = 0;
  #faults = 0;
  #accepts = true;

  /** @throws ConfigurationError `OBS_OPTION_INVALID` */
  constructor(options: InMemoryTraceStoreOptions = {}) {
    this.#limits = toInMemoryLimits(options);
    const maxSpans = Math.floor(this.#limits.maxSpans * KEPT_SHARE);
    const maxBytes = Math.floor(this.#limits.maxBytes * KEPT_SHARE);
    this.#kept = new KeptTraces({ maxSpans, maxBytes }, (record) => this.#evict(record));
    this.#onFault = options.onFault && ((error) => options.onFault?.(error));
  }

  /** Does nothing; part of the span processor. */
  onStart(): void {}

  /** Stores a copy of the span; part of the span processor. Never throws. */
  onEnd(span: EndedSpan): void {
    if (!this.#accepts) return;
    try {
      const isSampled = (span.spanContext().traceFlags & SAMPLED) !== 0;
      if (isSampled || this.#limits.unsampled) this.#add(copySpan(span, this.#limits.textLimit));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Does nothing; part of the span processor. */
  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  /** Accepts no more spans; part of the span processor. Stored spans remain readable. */
  shutdown(): Promise<void> {
    this.#accepts = false;
    return Promise.resolve();
  }

  /** {@inheritDoc TraceStore.getTrace} */
  getTrace(traceId: string): Promise<TraceStoreResult<StoredTrace | undefined>> {
    const id = toTraceId(traceId);
    if (typeof id !== 'string') return Promise.resolve({ ok: false, error: id });
    const record = this.#ring.get(id);
    return Promise.resolve({ ok: true, value: record && traceOf(record) });
  }

  /** {@inheritDoc TraceStore.findTraces} */
  findTraces(query: TraceQuery = {}): Promise<TraceStoreResult<readonly StoredTrace[]>> {
    const error = traceQueryProblem(query);
    if (error !== undefined) return Promise.resolve({ ok: false, error });
    const traces = selectTraces(this.#ring.values(), query).map(traceOf);
    return Promise.resolve({ ok: true, value: Object.freeze(traces) });
  }

  /** Returns the current usage of the store. */
  usage(): TraceStoreUsage {
    return {
      traces: this.#ring.size,
      spans: this.#spans,
      bytes: this.#bytes,
      droppedSpans: this.#droppedSpans,
      faults: this.#faults,
    };
  }

  /** Removes all traces and retains the loss counters. */
  clear(): void {
    this.#ring.clear();
    this.#gone.clear();
    this.#kept.clear();
    this.#spans = 0;
    this.#bytes = 0;
  }

  #add(span: StoredSpan): void {
    const bytes = spanBytes(span);
    const record = this.#recordOf(span.traceId);
    if (!this.#makeRoom(record, bytes)) {
      this.#drop(record);
      return;
    }
    record.spans.push(span);
    record.startMs = Math.min(record.startMs, span.startMs);
    record.bytes += bytes;
    this.#spans++;
    this.#bytes += bytes;
  }

  #recordOf(traceId: string): TraceRecord {
    const known = this.#ring.get(traceId);
    if (known === undefined) return this.#ring.add(traceId, this.#gone.take(traceId));
    if (!known.isListed) this.#kept.take(known);
    this.#ring.touch(known);
    return known;
  }

  /** Evicts older traces until the span fits; `false` when it does not fit even then. */
  #makeRoom(record: TraceRecord, bytes: number): boolean {
    const { maxSpans, maxSpansPerTrace, maxBytes } = this.#limits;
    if (record.spans.length >= maxSpansPerTrace || record.bytes + bytes > maxBytes) return false;
    while (this.#spans + 1 > maxSpans || this.#bytes + bytes > maxBytes) {
      const { oldest } = this.#ring;
      const isLast = oldest === undefined || oldest === record;
      if (!isLast) this.#retire(oldest);
      else if (!this.#kept.releaseOne()) return false;
    }
    return true;
  }

  /** Keeps a trace that is worth it, which frees no room until others go for it; evicts any other. */
  #retire(record: TraceRecord): void {
    this.#ring.retire(record);
    if (!this.#kept.keep(record)) this.#evict(record);
  }

  #evict(record: TraceRecord): void {
    this.#ring.remove(record);
    this.#gone.add(record.traceId, record.dropped + record.spans.length);
    this.#spans -= record.spans.length;
    this.#bytes -= record.bytes;
    this.#droppedSpans += record.spans.length;
  }

  #drop(record: TraceRecord): void {
    record.dropped++;
    this.#droppedSpans++;
    // A trace without any stored span is not retained for its counter alone.
    if (record.spans.length === 0) this.#evict(record);
  }

  #fail(error: unknown): void {
    this.#faults++;
    try {
      absorb(this.#onFault?.(error));
    } catch {
      // The fault of the fault listener must not reach the SDK.
    }
  }
}

function traceOf({ traceId, spans, dropped }: TraceRecord): StoredTrace {
  return assembleTrace(traceId, spans, dropped);
}
