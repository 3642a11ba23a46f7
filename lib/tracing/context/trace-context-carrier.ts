import {
  context as contextApi,
  isSpanContextValid,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import { systemClock } from '../../kernel/clock.js';
import { Faults } from '../../kernel/faults.js';
import { type Correlation, correlationOf } from './correlation.js';
import { KeptTraceState, type MetadataShape, metadataText } from './metadata-shape.js';
import { formatTraceparent, parseTraceparent } from './traceparent.format.js';
import { boundTracestate } from './tracestate.format.js';

/** What a message says about where it comes from. */
export interface MessageContext extends Correlation {
  /** The span that produced the message; absent when the message names none, or none that is valid. */
  readonly spanContext?: SpanContext | undefined;
}

/** What is written into a message instead of what is active. */
export interface MessageContextValues extends MessageContext {
  /** What happens to a trace context that the metadata has already. @defaultValue that of the carrier */
  readonly existing?: ExistingContext | undefined;
}

/**
 * What happens to a trace context that is there already: `keep` lets an event that is appended again, delayed or copied
 * go on telling its origin; `replace` makes the active span the origin.
 */
export type ExistingContext = 'keep' | 'replace';

/** The keys under which the carrier writes. */
export interface MessageContextKeys {
  /** Key of the span that produced the message. @defaultValue `traceparent` */
  readonly traceparent: string;
  /** Key of what vendors say about the trace. @defaultValue `tracestate` */
  readonly tracestate: string;
  /** Key of the id that all messages of one piece of work share. @defaultValue `correlationId` */
  readonly correlationId: string;
  /** Key of the id of what caused the message. @defaultValue `causationId` */
  readonly causationId: string;
}

/** Options of a {@link TraceContextCarrier}. */
export interface TraceContextCarrierOptions {
  /** What happens to a trace context that the metadata has already. @defaultValue `keep` */
  readonly existing?: ExistingContext | undefined;
  /** Writes into the metadata given instead of into a copy. @defaultValue `false` */
  readonly mutate?: boolean | undefined;
  /** Names of the keys that are not the usual ones. @defaultValue those of {@link MessageContextKeys} */
  readonly keys?: Partial<MessageContextKeys> | undefined;
  /** Where malformed headers and metadata that cannot be written to are counted. @defaultValue nowhere */
  readonly faults?: Faults | undefined;
}

/** A key and its new value; `undefined` takes the key away. */
type Change = [string, string | undefined];

const DEFAULT_KEYS: MessageContextKeys = {
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  correlationId: 'correlationId',
  causationId: 'causationId',
};
const ID_LENGTH_LIMIT = 256;
// Headers of NATS and HTTP cannot hold them, and a log line must not.
const CONTROL = /\p{Cc}/u;

/**
 * Carries the trace context and the correlation ids of a message in its metadata. It never throws: what cannot be read
 * is ignored and counted, and metadata that cannot be written to is handed back as it came.
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
   * Metadata that tells where its message comes from.
   *
   * @param metadata - What the message has so far; it is not changed unless the carrier is told to.
   * @param values - Taken from the active span and the active {@link Correlation} where absent.
   */
  write<T extends R>(metadata: T | null | undefined, values: MessageContextValues = {}): T & M {
    try {
      return this.#written(metadata ?? undefined, values) as T & M;
    } catch (fault) {
      this.#faults.report('trace-context', fault);
      return metadata as T & M;
    }
  }

  /** Where the message with this metadata comes from; empty for metadata that does not tell. */
  read(metadata: unknown): MessageContext {
    if (metadata === undefined || metadata === null) return {};
    const read = (key: string) => this.#read(metadata as R, key);
    const { correlationId, causationId } = this.#keys;
    return {
      spanContext: this.#guard(() => this.#readSpanContext(read)),
      correlationId: this.#guard(() => checkedId(read(correlationId))),
      causationId: this.#guard(() => checkedId(read(causationId))),
    };
  }

  #written(metadata: R | undefined, values: MessageContextValues): M {
    const changes = this.#changes(metadata, values);
    const unchanged = changes.length === 0 && metadata !== undefined;
    if (unchanged) return metadata as M;
    const inPlace = this.#mutate && metadata !== undefined;
    const target = inPlace ? (metadata as M) : this.#shape.copy(metadata);
    for (const [key, value] of changes) this.#shape.set(target, key, value);
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
      changes.push(...this.#traceHeaders(values.spanContext ?? trace.getSpanContext(active)));
    }
    if (present.correlationId === undefined) {
      changes.push(...this.#id(this.#keys.correlationId, correlationId));
    }
    if (present.causationId === undefined) {
      changes.push(...this.#id(this.#keys.causationId, causationId));
    }
    return changes;
  }

  /** Both headers or none: a trace state says something about the trace parent that it came with. */
  #traceHeaders(spanContext: SpanContext | undefined): Change[] {
    if (spanContext === undefined || !isSpanContextValid(spanContext)) return [];
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
    const traceparent = read(this.#keys.traceparent);
    if (traceparent === undefined) return undefined;
    const parsed = parseTraceparent(traceparent);
    if (typeof parsed === 'string') throw new TypeError(parsed);
    const traceState = this.#guard(() => traceStateOf(read(this.#keys.tracestate)));
    return { ...parsed, isRemote: true, ...(traceState !== undefined && { traceState }) };
  }

  #read(metadata: R, key: string): string | undefined {
    return metadataText(this.#shape.get(metadata, key));
  }

  #guard<T>(read: () => T | undefined): T | undefined {
    try {
      return read();
    } catch (fault) {
      this.#faults.report('trace-context', fault);
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
