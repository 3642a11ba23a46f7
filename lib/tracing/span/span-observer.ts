import { type Context, context as contextApi } from '@opentelemetry/api';
import type {
  CallTracer,
  LinkedSpan,
  OperationInfo,
  OperationTrace,
  TracedHandler,
  TracingObserver,
} from '../../kernel/call-tracer.js';
import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import type { ProgressReaders } from '../../kernel/observer.js';
import { InProcessMessages } from '../context/in-process-messages.js';
import { LinkPolicy, type LinkPolicyOptions } from '../context/link-policy.js';
import { plainMetadata } from '../context/metadata-shape.js';
import { TraceContextCarrier } from '../context/trace-context-carrier.js';
import { ActiveTracer } from './active-tracer.js';
import { carriedMetadata, eventsOf, isSampled } from './event-origins.js';
import { startEventStoreSpan } from './event-store-span.js';
import { SamplerShortcut } from './sampler-shortcut.js';
import { HandlerTracer, type SharedDeps } from './handler-tracer.js';

/** Dependencies of a {@link SpanObserver}. */
export interface SpanObserverDeps {
  readonly scope: { readonly name: string; readonly version: string };
  readonly clock: Clock;
  readonly faults: Faults;
  readonly links?: LinkPolicyOptions;
  /** Returns the progress of projections. @defaultValue none */
  readonly progressOf?: ProgressReaders;
}

/** Creates spans of handler calls in the currently registered OpenTelemetry SDK. */
export class SpanObserver implements TracingObserver {
  readonly #shared: SharedDeps;

  constructor({ scope, clock, faults, links, progressOf }: SpanObserverDeps) {
    const policy = new LinkPolicy(clock, links);
    this.#shared = {
      faults,
      progressOf,
      tracer: new ActiveTracer(scope),
      sampling: new SamplerShortcut(),
      policy,
      messages: new InProcessMessages(clock, policy),
      strays: new Map(),
      carrier: new TraceContextCarrier(plainMetadata, { faults }),
    };
  }

  /** {@inheritDoc TracingObserver.bind} */
  bind(handler: TracedHandler): CallTracer {
    return new HandlerTracer(handler, this.#shared);
  }

  /** {@inheritDoc TracingObserver.followOperation} */
  followOperation(operation: OperationInfo): OperationTrace | undefined {
    return startEventStoreSpan(this.#shared.tracer, operation);
  }

  /** {@inheritDoc TracingObserver.carry} */
  carry(metadata: unknown): unknown {
    return carriedMetadata(this.#shared.carrier, metadata);
  }

  /** {@inheritDoc TracingObserver.published} */
  published(message: unknown): void {
    const { tracer, messages, faults } = this.#shared;
    try {
      if (tracer.get() !== undefined) messages.published(message, contextApi.active());
    } catch (fault) {
      faults.report('trace_context', fault);
    }
  }

  /** {@inheritDoc TracingObserver.producerOf} */
  producerOf(message: unknown): LinkedSpan | undefined {
    const { tracer, messages } = this.#shared;
    if (tracer.get() === undefined) return undefined;
    const producer = messages.originOf(message, undefined)?.producer;
    return producer !== undefined && isSampled(producer) ? producer : undefined;
  }

  /** {@inheritDoc TracingObserver.strays} */
  strays(): ReadonlyMap<string, number> {
    return this.#shared.strays;
  }

  /** {@inheritDoc TracingObserver.deliver} */
  deliver(message: unknown, work: () => void): void {
    const delivery = this.#contextOfDelivery(message);
    if (delivery === undefined) work();
    else contextApi.with(delivery, work);
  }

  #contextOfDelivery(message: unknown): Context | undefined {
    const { tracer, messages, carrier, faults } = this.#shared;
    try {
      if (tracer.get() === undefined) return undefined;
      const named = Array.isArray(message)
        ? undefined
        : eventsOf(message, {}, { carrier, faults })[0];
      return messages.contextOfDelivery(message, named, contextApi.active());
    } catch (fault) {
      faults.report('trace_context', fault);
      return undefined;
    }
  }
}
