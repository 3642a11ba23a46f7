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
import { DroppedSpans, type TraceRecord, TraceRing } from './trace-ring.js';

// Source: https://www.w3.org/TR/trace-context/#sampled-flag
const SAMPLED = 1;

/** What an in-memory store holds now, and what it has given up since it was made. */
export interface TraceStoreUsage {
  /** Traces of which at least one span is kept. */
  readonly traces: number;
  /** Spans of all traces. */
  readonly spans: number;
  /** Estimated memory of the spans in bytes. */
  readonly bytes: number;
  /** Spans given up for a limit, alone or with their trace. */
  readonly droppedSpans: number;
  /** Spans that could not be read. */
  readonly faults: number;
}

/**
 * The last finished spans of this process, in memory and within limits. It is a span processor: give it to the tracer
 * provider beside the processor that exports. When a limit is reached, the whole trace that has waited longest for its
 * next span goes; the last trace that is left loses its new spans instead.
 *
 * There are no indexes: a query looks at every span that is kept, 1 to 2 ms for 10000 of them, so that recording one
 * costs the same at any size and nothing beside the spans can grow.
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
  #spans = 0;
  #bytes = 0;
  #droppedSpans = 0;
  #faults = 0;
  #accepts = true;

  /** @throws ConfigurationError `OBS_OPTION_INVALID` */
  constructor(options: InMemoryTraceStoreOptions = {}) {
    this.#limits = toInMemoryLimits(options);
    this.#onFault = options.onFault && ((error) => options.onFault?.(error));
  }

  /** Part of the span processor; a span is of interest when it ends. */
  onStart(): void {}

  /** Part of the span processor: keeps a copy of the span. It never throws. */
  onEnd(span: EndedSpan): void {
    if (!this.#accepts) return;
    try {
      const isSampled = (span.spanContext().traceFlags & SAMPLED) !== 0;
      if (isSampled || this.#limits.unsampled) this.#add(copySpan(span, this.#limits.textLimit));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Part of the span processor; there is nothing to flush. */
  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  /** Part of the span processor: takes no more spans. What is here can still be read. */
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

  /** How full the store is. */
  usage(): TraceStoreUsage {
    return {
      traces: this.#ring.size,
      spans: this.#spans,
      bytes: this.#bytes,
      droppedSpans: this.#droppedSpans,
      faults: this.#faults,
    };
  }

  /** Forgets all traces; the counts of what was given up stay. */
  clear(): void {
    this.#ring.clear();
    this.#gone.clear();
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
    this.#ring.touch(known);
    return known;
  }

  /** Evicts older traces until the span fits; `false` when it does not fit even then. */
  #makeRoom(record: TraceRecord, bytes: number): boolean {
    const { maxSpans, maxSpansPerTrace, maxBytes } = this.#limits;
    if (record.spans.length >= maxSpansPerTrace || record.bytes + bytes > maxBytes) return false;
    while (this.#spans + 1 > maxSpans || this.#bytes + bytes > maxBytes) {
      const { oldest } = this.#ring;
      if (oldest === undefined || oldest === record) return false;
      this.#evict(oldest);
    }
    return true;
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
    // A trace of which nothing fits is not kept for its number alone.
    if (record.spans.length === 0) this.#evict(record);
  }

  #fail(error: unknown): void {
    this.#faults++;
    try {
      absorb(this.#onFault?.(error));
    } catch {
      // Whoever is told about faults must not become one for the SDK.
    }
  }
}

function traceOf({ traceId, spans, dropped }: TraceRecord): StoredTrace {
  return assembleTrace(traceId, spans, dropped);
}
