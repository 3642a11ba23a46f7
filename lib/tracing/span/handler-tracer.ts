import {
  type Context,
  type Span,
  type SpanOptions as ApiSpanOptions,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type {
  CallTrace,
  CallTracer,
  LinkedSpans,
  TracedHandler,
} from '../../kernel/call-tracer.js';
import type { Faults } from '../../kernel/faults.js';
import { commandId } from '../../kernel/following/message-identity.js';
import type { HandlingProgress, ProgressReaders } from '../../kernel/observer.js';
import { InProcessMessages } from '../context/in-process-messages.js';
import { LinkPolicy } from '../context/link-policy.js';
import { activeSpanContext, keepRandomTrace } from '../context/random-trace.js';
import { contextOfOrigin, type OriginEvent, type SpanOrigin } from '../context/span-origin.js';
import { TraceContextCarrier } from '../context/trace-context-carrier.js';
import { ActiveTracer } from './active-tracer.js';
import { spanAttributes } from './attribute-values.js';
import { CallSpan, type CallSpanDeps } from './call-span.js';
import {
  eventAttributes,
  eventsOf,
  linkedOrigin,
  NO_ORIGIN,
  plainOptionsOf,
  progressAttributes,
  spanNameOf,
} from './event-origins.js';
import { SamplerShortcut } from './sampler-shortcut.js';
import { contextWithSpan } from './span-context.js';
import { UnsampledCall } from './unsampled-root.js';

/** Parts that all tracers of an application share. */
export interface SharedDeps {
  readonly faults: Faults;
  readonly progressOf: ProgressReaders | undefined;
  readonly tracer: ActiveTracer;
  readonly sampling: SamplerShortcut;
  readonly policy: LinkPolicy;
  readonly messages: InProcessMessages;
  /** Spans by name that began under a parent that had ended, like one before them. */
  readonly strays: Map<string, number>;
  readonly carrier: TraceContextCarrier<object>;
}

const unknownProgress = () => undefined;

/** Traces the calls of one handler. */
export class HandlerTracer implements CallTracer {
  readonly #handler: TracedHandler;
  readonly #shared: SharedDeps;
  readonly #parts: CallSpanDeps;
  // Initial options of every span of the handler. SDKs copy them.
  readonly #plain: ApiSpanOptions;
  /** True if the handled events determine the origin of the span, and not the active context. */
  readonly #handlesEvents: boolean;
  readonly #identifiesEvent: boolean;
  readonly #idAttribute: string | undefined;
  #endedParent = '';
  readonly #progress: (() => HandlingProgress | undefined) | undefined;

  constructor(handler: TracedHandler, shared: SharedDeps) {
    const { kind, name, span } = handler;
    const { prefix, origin, idAttribute, countsAppendedEvents = false, progress } = kind.span;
    this.#handler = handler;
    this.#shared = shared;
    this.#handlesEvents = origin !== 'context';
    this.#identifiesEvent = this.#handlesEvents && kind.span.identifiesEvent !== false;
    this.#idAttribute = idAttribute;
    this.#progress = progress ? (shared.progressOf?.(name) ?? unknownProgress) : undefined;
    this.#parts = {
      handler,
      spanName: span.name ?? spanNameOf(handler),
      outcomeKey: `${prefix}.outcome`,
      successKey: `${prefix}.success`,
      countsEvents: countsAppendedEvents,
      faults: shared.faults,
    };
    this.#plain = plainOptionsOf(handler);
  }

  /** {@inheritDoc CallTracer.isActive} */
  isActive(): boolean {
    const { tracer, messages, sampling } = this.#shared;
    const registered = tracer.get();
    if (registered === undefined) return false;
    // The handled events determine the origin of the span.
    if (this.#handlesEvents) return true;
    const active = tracer.context();
    return messages.isDelivery(active) || !sampling.isFutile(registered, active);
  }

  /** {@inheritDoc CallTracer.follow} */
  follow(args: readonly unknown[]): CallTrace | undefined {
    const tracer = this.#shared.tracer.get();
    if (tracer === undefined || this.#handler.hasSpan?.(...args) === true) return undefined;
    const active = this.#shared.tracer.context();
    const origin = this.#originOf(args, active);
    if (origin === undefined) return undefined;
    const parent = this.#contextOf(origin, active);
    const early = this.#shared.sampling.decide(tracer, parent);
    if (early === 'ask') return this.#start(tracer, { args, origin, parent });
    if (early !== 'nothing')
      return new UnsampledCall(contextWithSpan(parent, trace.wrapSpanContext(early)));
    return parent === active ? undefined : new UnsampledCall(parent);
  }

  #start(tracer: Tracer, { args, origin, parent }: PlannedCall): CallTrace {
    if (origin === NO_ORIGIN) this.#noteStray(parent);
    const span = tracer.startSpan(this.#parts.spanName, this.#optionsOf(origin), parent);
    if (!span.isRecording()) return new UnsampledCall(contextWithSpan(parent, span));
    this.#addAttributes(span, args);
    return new CallSpan(span, keepRandomTrace(parent), tracer, this.#parts);
  }

  /** A single call that outlives its caller is usual. Two for one caller that has ended are events of others behind it. */
  #noteStray(parent: Context): void {
    const enclosing = trace.getSpan(parent) as (Span & { readonly ended?: boolean }) | undefined;
    if (enclosing?.ended !== true) return;
    const { spanId } = enclosing.spanContext();
    const { strays } = this.#shared;
    const { spanName } = this.#parts;
    if (spanId === this.#endedParent) strays.set(spanName, (strays.get(spanName) ?? 1) + 1);
    this.#endedParent = spanId;
  }

  #optionsOf(origin: SpanOrigin): ApiSpanOptions {
    if (origin === NO_ORIGIN) return this.#plain;
    const { links, attributes } = origin;
    return { ...this.#plain, links, attributes: { ...this.#plain.attributes, ...attributes } };
  }

  #contextOf(origin: SpanOrigin, active: Context): Context {
    const context = contextOfOrigin(origin, active);
    if (this.#handlesEvents || origin === NO_ORIGIN) return context;
    return this.#shared.messages.leaveDelivery(context);
  }

  /**
   * Returns the origin of a call: of the events of a projection; for a command, the active span or its event; `undefined`
   * for a call without a span.
   */
  #originOf([event]: readonly unknown[], active: Context): SpanOrigin | undefined {
    const { policy, messages, faults } = this.#shared;
    const { origin } = this.#handler.kind.span;
    try {
      if (origin === 'links') return linkedOrigin(event as LinkedSpans, policy);
      if (!this.#handlesEvents) return messages.originOfFollowUp(active) ?? NO_ORIGIN;
      const isCarried = origin === 'carried' || origin === 'known';
      const ambient = isCarried ? undefined : activeSpanContext(active);
      // A window has a span of its own, and is no batch of events to its stages.
      const own =
        isCarried && Array.isArray(event) ? messages.originOf(event, undefined) : undefined;
      const isBatch = Array.isArray(event) && own === undefined;
      const events = own === undefined ? this.#eventsOf(event) : [own];
      const found = policy.originOf({ events, batch: isBatch, ambient });
      if (!isCarried || found.parent !== undefined) return found;
      return origin === 'known' && found.links.length === 0 ? undefined : { ...found, root: true };
    } catch (fault) {
      faults.report('trace_context', fault);
      return NO_ORIGIN;
    }
  }

  #eventsOf(event: unknown): OriginEvent[] {
    const { messages } = this.#shared;
    const events = eventsOf(event, this.#handler, this.#shared);
    if (Array.isArray(event)) return events;
    return events.map((named) => messages.originOf(event, named) ?? named);
  }

  #addAttributes(span: Span, args: readonly unknown[]): void {
    const { handler, faults } = this.#parts;
    try {
      if (this.#idAttribute !== undefined) {
        const id = commandId(handler, args);
        if (id !== undefined) span.setAttribute(this.#idAttribute, id);
      }
      if (this.#progress !== undefined) span.setAttributes(progressAttributes(this.#progress()));
      if (this.#identifiesEvent) span.setAttributes(eventAttributes(args[0]));
      if (handler.span.attributes === undefined) return;
      span.setAttributes(spanAttributes(handler.span.attributes(...args), faults));
    } catch (fault) {
      faults.report('span_attributes', fault);
    }
  }
}

interface PlannedCall {
  readonly args: readonly unknown[];
  readonly origin: SpanOrigin;
  readonly parent: Context;
}
