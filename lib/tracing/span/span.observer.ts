import {
  type Attributes,
  type Context,
  context as contextApi,
  SpanKind,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type {
  CallTrace,
  CallTracer,
  OperationTrace,
  TracedHandler,
  TracingObserver,
} from '../../kernel/call-tracer.js';
import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import { LinkPolicy, type LinkPolicyOptions } from '../context/link-policy.js';
import { plainMetadata } from '../context/metadata-shape.js';
import { contextOfOrigin, type SpanOrigin } from '../context/span-origin.js';
import { TraceContextCarrier } from '../context/trace-context-carrier.js';
import { ActiveTracer } from './active-tracer.js';
import { CallSpan, type CallSpanParts } from './call-span.js';
import { startEventStoreSpan } from './event-store-span.js';
import { EarlySampling } from './early-sampling.js';
import { eventAttributes, eventsOf } from './handled-events.js';
import { UnsampledCall } from './unsampled-call.js';

/** What spans are made with. */
export interface SpanObserverParts {
  readonly scope: { readonly name: string; readonly version: string };
  readonly clock: Clock;
  readonly faults: Faults;
  readonly links?: LinkPolicyOptions;
}

/** Turns observations of handlers into spans of whatever OpenTelemetry SDK is registered. */
export class SpanObserver implements TracingObserver {
  readonly #shared: SharedParts;

  constructor({ scope, clock, faults, links }: SpanObserverParts) {
    this.#shared = {
      faults,
      tracer: new ActiveTracer(scope),
      sampling: new EarlySampling(),
      policy: new LinkPolicy(clock, links),
      carrier: new TraceContextCarrier(plainMetadata, { faults }),
    };
  }

  /** {@inheritDoc TracingObserver.bind} */
  bind(handler: TracedHandler): CallTracer {
    return new HandlerTracer(handler, this.#shared);
  }

  /** {@inheritDoc TracingObserver.followOperation} */
  followOperation(operation: string, streamCategory: string): OperationTrace | undefined {
    return startEventStoreSpan(this.#shared.tracer, operation, streamCategory);
  }
}

interface SharedParts {
  readonly faults: Faults;
  readonly tracer: ActiveTracer;
  readonly sampling: EarlySampling;
  readonly policy: LinkPolicy;
  readonly carrier: TraceContextCarrier<object>;
}

const NO_ORIGIN: SpanOrigin = { parent: undefined, root: false, links: [], attributes: {} };

class HandlerTracer implements CallTracer {
  readonly #handler: TracedHandler;
  readonly #shared: SharedParts;
  readonly #parts: CallSpanParts;
  readonly #fixed: Attributes;
  readonly #isProjection: boolean;

  constructor(handler: TracedHandler, shared: SharedParts) {
    const { kind, name, span } = handler;
    this.#handler = handler;
    this.#shared = shared;
    this.#isProjection = kind === 'projection';
    this.#parts = {
      handler,
      spanName: span.name ?? `${kind} ${name}`,
      outcomeKey: `${kind}.outcome`,
      successKey: `${kind}.success`,
      faults: shared.faults,
    };
    this.#fixed =
      kind === 'projection'
        ? { 'projection.name': name, 'projection.mode': 'live' }
        : { [`${kind}.type`]: name };
  }

  /** {@inheritDoc CallTracer.isActive} */
  isActive(): boolean {
    return this.#shared.tracer.get() !== undefined;
  }

  /** {@inheritDoc CallTracer.follow} */
  follow(args: readonly unknown[]): CallTrace | undefined {
    const tracer = this.#shared.tracer.get();
    if (tracer === undefined) return undefined;
    const active = contextApi.active();
    const origin = this.#originOf(args, active);
    const parent = contextOfOrigin(origin, active);
    const early = this.#shared.sampling.decide(tracer, parent);
    if (early === 'ask') return this.#start(tracer, { args, origin, parent });
    if (early !== 'nothing') return new UnsampledCall(trace.setSpanContext(parent, early));
    return parent === active ? undefined : new UnsampledCall(parent);
  }

  #start(tracer: Tracer, { args, origin, parent }: PlannedCall): CallTrace {
    const { links } = origin;
    const kind = this.#isProjection ? SpanKind.CONSUMER : SpanKind.INTERNAL;
    const attributes =
      origin === NO_ORIGIN ? this.#fixed : { ...this.#fixed, ...origin.attributes };
    const options = links.length === 0 ? { kind, attributes } : { kind, attributes, links };
    const span = tracer.startSpan(this.#parts.spanName, options, parent);
    if (!span.isRecording()) return new UnsampledCall(trace.setSpan(parent, span));
    if (this.#isProjection || this.#handler.span.attributes !== undefined) {
      span.setAttributes(this.#attributesOf(args));
    }
    return new CallSpan(span, parent, tracer, this.#parts);
  }

  /** Only projections handle what was produced elsewhere; a command is part of whatever is active. */
  #originOf([event]: readonly unknown[], active: Context): SpanOrigin {
    if (!this.#isProjection) return NO_ORIGIN;
    const { policy, carrier, faults } = this.#shared;
    try {
      const events = eventsOf(event, this.#handler, carrier);
      const ambient = trace.getSpanContext(active);
      return policy.originOf({ events, batch: Array.isArray(event), ambient });
    } catch (fault) {
      faults.report('trace-context', fault);
      return NO_ORIGIN;
    }
  }

  #attributesOf(args: readonly unknown[]): Attributes {
    try {
      const own = this.#handler.span.attributes?.(...args) as Attributes | undefined;
      return this.#handler.kind === 'projection'
        ? { ...eventAttributes(args[0]), ...own }
        : (own ?? {});
    } catch (fault) {
      this.#shared.faults.report('span-attributes', fault);
      return {};
    }
  }
}

interface PlannedCall {
  readonly args: readonly unknown[];
  readonly origin: SpanOrigin;
  readonly parent: Context;
}
