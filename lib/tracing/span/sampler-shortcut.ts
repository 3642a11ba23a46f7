import {
  type Context,
  INVALID_SPANID,
  INVALID_TRACEID,
  type SpanContext,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { type SpanIds, UnsampledRoot } from './unsampled-root.js';

/** What an SDK's tracer decides with; read, never changed. */
interface TracerDeps {
  readonly _sampler?: { toString(): string };
  readonly _idGenerator?: SpanIds;
}

/**
 * What is known about a span before the SDK is asked for it: `nothing` of the call is recorded, and the active context
 * says so already; or nothing is recorded, and what the call does belongs to this span context; or the SDK has to be
 * asked.
 */
export type ShortcutDecision = 'nothing' | 'ask' | SpanContext;

const FOLLOWS_UNSAMPLED_PARENT =
  /^ParentBased\{.*remoteParentNotSampled=AlwaysOffSampler.*localParentNotSampled=AlwaysOffSampler/;
const SAMPLES_NO_ROOT = /^(ParentBased\{root=)?AlwaysOffSampler/;

/**
 * Knows of the samplers that decide without looking that a span will not be sampled, for a tenth of what the SDK takes to
 * say so. Samplers that look at the trace id or keep count are left to the SDK: asked twice, they would sample less.
 */
export class SamplerShortcut {
  #tracer: Tracer | undefined;
  #ids: SpanIds | undefined;
  #followsUnsampledParent = false;
  #samplesNoRoot = false;

  /** @param context - Where the span would be started. */
  decide(tracer: Tracer, context: Context): ShortcutDecision {
    if (tracer !== this.#tracer) this.#inspect(tracer);
    const parent = trace.getSpanContext(context);
    if (parent === undefined) return this.#decideRoot();
    if ((parent.traceFlags & TraceFlags.SAMPLED) !== 0) return 'ask';
    if (!isUnsampled(parent)) return this.#decideRoot();
    return this.#followsUnsampledParent ? 'nothing' : 'ask';
  }

  /** Whether the active span says that nothing of a call is recorded which begins below it. */
  isFutile(tracer: Tracer, context: Context): boolean {
    if (tracer !== this.#tracer) this.#inspect(tracer);
    if (!this.#followsUnsampledParent) return false;
    const parent = trace.getSpanContext(context);
    return parent !== undefined && isUnsampled(parent);
  }

  #decideRoot(): ShortcutDecision {
    if (!this.#samplesNoRoot || this.#ids === undefined) return 'ask';
    return new UnsampledRoot(this.#ids);
  }

  #inspect(tracer: Tracer): void {
    const { _sampler: sampler, _idGenerator: ids } = tracer as Tracer & TracerDeps;
    const description = sampler === undefined ? '' : String(sampler);
    this.#tracer = tracer;
    this.#ids = ids;
    this.#followsUnsampledParent = FOLLOWS_UNSAMPLED_PARENT.test(description);
    this.#samplesNoRoot = SAMPLES_NO_ROOT.test(description);
  }
}

function isUnsampled(parent: SpanContext): boolean {
  if ((parent.traceFlags & TraceFlags.SAMPLED) !== 0) return false;
  return parent instanceof UnsampledRoot || hasIds(parent);
}

/** Reading every digit, as the API does, takes longer than all else here. Propagators have done it; only zeros mean nothing. */
function hasIds({ traceId, spanId }: SpanContext): boolean {
  return (
    traceId.length === INVALID_TRACEID.length &&
    spanId.length === INVALID_SPANID.length &&
    traceId !== INVALID_TRACEID &&
    spanId !== INVALID_SPANID
  );
}
