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

/** Private fields of an SDK tracer, which are only read. */
interface TracerDeps {
  readonly _sampler?: { toString(): string };
  readonly _idGenerator?: SpanIds;
}

/**
 * Decision before the SDK creates a span. `nothing`: the call is not recorded, and the active
 * context already says so. A span context: the call is not recorded, and its work belongs to this
 * context. `ask`: the SDK decides.
 */
export type ShortcutDecision = 'nothing' | 'ask' | SpanContext;

const FOLLOWS_UNSAMPLED_PARENT =
  /^ParentBased\{.*remoteParentNotSampled=AlwaysOffSampler.*localParentNotSampled=AlwaysOffSampler/;
const SAMPLES_NO_ROOT = /^(ParentBased\{root=)?AlwaysOffSampler/;

/**
 * Predicts samplers that drop a span without further input, at a tenth of the cost of the SDK.
 * Samplers that use the trace id or keep state are left to the SDK, because a second question would
 * change their rate.
 */
export class SamplerShortcut {
  #tracer: Tracer | undefined;
  #ids: SpanIds | undefined;
  #followsUnsampledParent = false;
  #samplesNoRoot = false;

  /** @param context - Parent context of the span. */
  decide(tracer: Tracer, context: Context): ShortcutDecision {
    if (tracer !== this.#tracer) this.#inspect(tracer);
    const parent = trace.getSpanContext(context);
    if (parent === undefined) return this.#decideRoot();
    if ((parent.traceFlags & TraceFlags.SAMPLED) !== 0) return 'ask';
    if (!isUnsampled(parent)) return this.#decideRoot();
    return this.#followsUnsampledParent ? 'nothing' : 'ask';
  }

  /** Returns true if the active span rules out any recording below it. */
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

/**
 * Returns true for ids that are not all zero. Propagators have already validated the digits, and a
 * full check as in the API would dominate the cost.
 */
function hasIds({ traceId, spanId }: SpanContext): boolean {
  return (
    traceId.length === INVALID_TRACEID.length &&
    spanId.length === INVALID_SPANID.length &&
    traceId !== INVALID_TRACEID &&
    spanId !== INVALID_SPANID
  );
}
