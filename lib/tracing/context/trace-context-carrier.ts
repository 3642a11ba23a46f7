import {
  type Baggage,
  context as contextApi,
  isSpanContextValid,
  type SpanContext,
} from '@opentelemetry/api';
import { systemClock } from '../../kernel/clock.js';
import { absorb, requireSync } from '../../kernel/hooks.js';
import { Faults } from '../../kernel/faults.js';
import { type Correlation, correlationOf } from './correlation.js';
import { KeptTraceState, type MetadataShape, metadataText } from './metadata-shape.js';
import { activeSpanContext } from './random-trace.js';
import { extractOthers, injectOthers, registeredFormats } from './registered-propagator.js';
import { formatTraceparent, parseTraceparent } from './traceparent.format.js';
import { boundTracestate } from './tracestate.format.js';

/** Origin of a message. */
export interface MessageContext extends Correlation {
  /** Span context of the producer; absent when the message has none or an invalid one. */
  readonly spanContext?: SpanContext | undefined;
  /** Baggage of the message, if the registered propagator reads it. */
  readonly baggage?: Baggage | undefined;
}

/** Values that replace the active ones in a written message. */
export interface MessageContextValues extends MessageContext {
  /** Treatment of a trace context that the metadata already has. @defaultValue option of the carrier */
  readonly existing?: ExistingContext | undefined;
}

/**
 * Treatment of an existing trace context. `keep` preserves the origin of an event that is appended
 * again, delayed or copied. `replace` makes the active span the origin.
 */
export type ExistingContext = 'keep' | 'replace';

/** Metadata keys of the carrier. */
export interface MessageContextKeys {
  /** Key of the producer's span context. @defaultValue `traceparent` */
  readonly traceparent: string;
  /** Key of the vendors' trace state. @defaultValue `tracestate` */
  readonly tracestate: string;
  /** Key of the id that all messages of one business process share. @defaultValue `correlationId` */
  readonly correlationId: string;
  /** Key of the id of the causing message. @defaultValue `causationId` */
  readonly causationId: string;
}

/** Options of a {@link TraceContextCarrier}. */
export interface TraceContextCarrierOptions {
  /** Treatment of a trace context that the metadata already has. @defaultValue `keep` */
  readonly existing?: ExistingContext | undefined;
  /** Writes into the given metadata instead of a copy. @defaultValue `false` */
  readonly mutate?: boolean | undefined;
  /** Names of keys that differ from the defaults. @defaultValue those of {@link MessageContextKeys} */
  readonly keys?: Partial<MessageContextKeys> | undefined;
  /** Counts malformed headers and read-only metadata. @defaultValue none */
  readonly faults?: Faults | undefined;
}

/** Key and its new value; `undefined` removes the key. */
type Change = readonly [string, string | undefined];

const DEFAULT_KEYS: MessageContextKeys = {
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  correlationId: 'correlationId',
  causationId: 'causationId',
};
const ID_LENGTH_LIMIT = 256;
// NATS and HTTP headers cannot contain control characters, and a log line must not.
const CONTROL = /\p{Cc}/u;

/**
 * Carries the trace context and the correlation ids of a message in its metadata, in the formats of the registered
 * propagator: W3C trace context without one, else also baggage, B3 and others. It never throws.
 * Unreadable values are ignored and counted, and read-only metadata is returned unchanged.
 *
 * @example
 * ```ts
 * import { plainMetadata, TraceContextCarrier } from '@eventcore/nestjs-observability/tracing';
 *
 * const carrier = new TraceContextCarrier(plainMetadata);
 *
 * export function toStore(event: { type: string; metadata?: object }) {
 *   return { ...event, metadata: carrier.write(event.metadata) };
 * }
 *
 * export const producerOf = (event: { metadata?: object }) => carrier.read(event.metadata).spanContext;
 * ```
 */
export class TraceContextCarrier<M extends R, R = M> {
  readonly #shape: MetadataShape<M, R>;
  readonly #keys: MessageContextKeys;
  readonly #existing: ExistingContext;
  readonly #mutate: boolean;
  readonly #faults: Faults;

  constructor(shape: MetadataShape<M, R>, options: TraceContextCarrierOptions = {}) {
    this.#shape = shape;
    this.#keys = { ...DEFAULT_KEYS, ...options.keys };
    this.#existing = options.existing ?? 'keep';
    this.#mutate = options.mutate ?? false;
    this.#faults = options.faults ?? new Faults(systemClock);
  }

  /**
   * Returns metadata with the origin of its message.
   *
   * @param metadata - Current metadata of the message. It is not modified unless the option
   * `mutate` is set.
   * @param values - Replace the active span and the active {@link Correlation}.
   */
  write<T extends R>(metadata: T | null | undefined, values: MessageContextValues = {}): T & M {
    try {
      return this.#written(metadata ?? undefined, values) as T & M;
    } catch (fault) {
      this.#faults.report('trace_context', fault);
      return metadata as T & M;
    }
  }

  /** Returns the origin of the message with this metadata; empty without one. */
  read(metadata: unknown): MessageContext {
    if (metadata === undefined || metadata === null) return {};
    const read = (key: string) => this.#read(metadata as R, key);
    const { correlationId, causationId } = this.#keys;
    const w3c = this.#guard(() => this.#readSpanContext(read));
    const { spanContext, baggage } = this.#guard(() => extractOthers(read)) ?? {};
    return {
      spanContext: w3c ?? spanContext,
      ...(baggage !== undefined && { baggage }),
      correlationId: this.#guard(() => checkedId(read(correlationId))),
      causationId: this.#guard(() => checkedId(read(causationId))),
    };
  }

  #written(metadata: R | undefined, values: MessageContextValues): M {
    const changes = this.#changes(metadata, values);
    const unchanged = changes.length === 0 && metadata !== undefined;
    if (unchanged) return metadata as M;
    const inPlace = this.#mutate && metadata !== undefined;
    const target = inPlace ? (metadata as M) : requireSync(this.#shape.copy(metadata));
    for (const [key, value] of changes) absorb(this.#shape.set(target, key, value));
    return target;
  }

  #changes(
    metadata: R | undefined,
    { existing = this.#existing, ...values }: MessageContextValues,
  ): Change[] {
    const active = contextApi.active();
    const correlation = correlationOf(active);
    const present = metadata === undefined || existing === 'replace' ? {} : this.read(metadata);
    const correlationId = values.correlationId ?? correlation.correlationId;
    const causationId = values.causationId ?? correlation.causationId;
    const changes: Change[] = [];
    if (present.spanContext === undefined) {
      const spanContext = values.spanContext ?? activeSpanContext(active);
      changes.push(...this.#traceHeaders(spanContext));
      const others = this.#guard(() => injectOthers(active, spanContext)) ?? [];
      const isFree = (field: string) =>
        metadata === undefined || this.#guard(() => this.#read(metadata, field)) === undefined;
      changes.push(
        ...others.filter(
          ([field, value]) => existing === 'replace' || (value !== undefined && isFree(field)),
        ),
      );
    }
    if (present.correlationId === undefined) {
      changes.push(...this.#id(this.#keys.correlationId, correlationId));
    }
    if (present.causationId === undefined) {
      changes.push(...this.#id(this.#keys.causationId, causationId));
    }
    return changes;
  }

  /** Returns both headers or none, because a trace state belongs to its trace parent. */
  #traceHeaders(spanContext: SpanContext | undefined): Change[] {
    if (spanContext === undefined || !isSpanContextValid(spanContext)) return [];
    if (!registeredFormats().hasTraceContext) return [];
    const tracestate = spanContext.traceState?.serialize();
    return [
      [this.#keys.traceparent, formatTraceparent(spanContext)],
      [this.#keys.tracestate, tracestate === '' ? undefined : tracestate],
    ];
  }

  #id(key: string, id: string | undefined): Change[] {
    const checked = this.#guard(() => checkedId(id));
    return checked === undefined ? [] : [[key, checked]];
  }

  #readSpanContext(read: (key: string) => string | undefined): SpanContext | undefined {
    if (!registeredFormats().hasTraceContext) return undefined;
    const traceparent = read(this.#keys.traceparent);
    if (traceparent === undefined) return undefined;
    const parsed = parseTraceparent(traceparent);
    if (typeof parsed === 'string') throw new TypeError(parsed);
    const traceState = this.#guard(() => traceStateOf(read(this.#keys.tracestate)));
    return { ...parsed, isRemote: true, ...(traceState !== undefined && { traceState }) };
  }

  #read(metadata: R, key: string): string | undefined {
    return metadataText(requireSync(this.#shape.get(metadata, key)));
  }

  #guard<T>(read: () => T | undefined): T | undefined {
    try {
      return read();
    } catch (fault) {
      this.#faults.report('trace_context', fault);
      return undefined;
    }
  }
}

function traceStateOf(header: string | undefined): KeptTraceState | undefined {
  if (header === undefined) return undefined;
  const { tracestate, problem } = boundTracestate(header);
  if (problem !== undefined) throw new TypeError(problem);
  return tracestate === undefined ? undefined : new KeptTraceState(tracestate);
}

function checkedId(id: string | undefined): string | undefined {
  if (id === undefined || id === '') return undefined;
  if (id.length > ID_LENGTH_LIMIT || CONTROL.test(id)) {
    throw new TypeError(`a correlation id is one line of at most ${ID_LENGTH_LIMIT} characters`);
  }
  return id;
}
