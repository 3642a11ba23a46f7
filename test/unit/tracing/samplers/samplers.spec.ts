import { ROOT_CONTEXT, SpanKind, trace, TraceFlags } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';
import {
  createSampler,
  type SdkSamplers,
} from '../../../../lib/tracing/samplers/create-sampler.js';
import { KeepErrorsSampler } from '../../../../lib/tracing/samplers/token-bucket.js';
import {
  NOT_RECORDED,
  RECORDED_ONLY,
  SAMPLED,
  type Sampler,
} from '../../../../lib/tracing/samplers/sampler.js';
import type { SamplerOptions } from '../../../../lib/tracing/samplers/sampler-options.js';

const sdk = {
  AlwaysOnSampler,
  AlwaysOffSampler,
  TraceIdRatioBasedSampler,
  ParentBasedSampler,
} as unknown as SdkSamplers;
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

function make(options: SamplerOptions) {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const sampler = createSampler(options, { sdk, clock, onFault: (it) => faults.push(it) });
  return { sampler, clock, faults };
}

function decide(sampler: Sampler, name = 'span', parentFlags?: TraceFlags): number {
  const parent = { traceId: TRACE_ID, spanId: 'b7ad6b7169203331', traceFlags: parentFlags ?? 0 };
  const context =
    parentFlags === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
  return sampler.shouldSample(context, TRACE_ID, name, SpanKind.INTERNAL, {}, []).decision;
}

describe('the sampler of the options', () => {
  it('The samplers always and never ignore the parent', () => {
    expect(decide(make('always').sampler, 'span', TraceFlags.NONE)).toBe(SAMPLED);
    expect(decide(make('never').sampler, 'span', TraceFlags.SAMPLED)).toBe(NOT_RECORDED);
  });

  it('A ratio decides by the trace id', () => {
    expect(decide(make({ type: 'ratio', ratio: 1 }).sampler)).toBe(SAMPLED);
    expect(decide(make({ type: 'ratio', ratio: 0 }).sampler)).toBe(NOT_RECORDED);
  });

  it('Parent-based follows the parent, and asks the root sampler without one', () => {
    const { sampler } = make({ type: 'parent-based', root: 'never' });
    expect(decide(sampler, 'span', TraceFlags.SAMPLED)).toBe(SAMPLED);
    expect(decide(sampler, 'span', TraceFlags.NONE)).toBe(NOT_RECORDED);
    expect(decide(sampler)).toBe(NOT_RECORDED);
  });

  it('A rate limit inside parent-based limits traces: children of a sampled parent cost nothing', () => {
    const root: SamplerOptions = { type: 'rate-limit', spansPerSecond: 1 };
    const { sampler, clock } = make({ type: 'parent-based', root });
    expect(decide(sampler)).toBe(SAMPLED);
    expect(decide(sampler)).toBe(NOT_RECORDED);
    expect(decide(sampler, 'span', TraceFlags.SAMPLED)).toBe(SAMPLED);
    clock.advance(1000);
    expect(decide(sampler)).toBe(SAMPLED);
  });

  it('The first name rule that fits decides', () => {
    const { sampler } = make({
      type: 'by-name',
      rules: [
        { name: 'query GetStock', sampler: 'never' },
        { name: 'query *', sampler: 'always' },
        { name: '*', sampler: 'never' },
      ],
    });
    expect(decide(sampler, 'query GetStock', TraceFlags.SAMPLED)).toBe(NOT_RECORDED);
    expect(decide(sampler, 'query GetPrice', TraceFlags.NONE)).toBe(SAMPLED);
    expect(decide(sampler, 'command PlaceOrder', TraceFlags.SAMPLED)).toBe(NOT_RECORDED);
  });

  it('A name without a rule follows its parent by default', () => {
    const { sampler } = make({ type: 'by-name', rules: [{ name: 'poll', sampler: 'never' }] });
    expect(decide(sampler)).toBe(SAMPLED);
    expect(decide(sampler, 'span', TraceFlags.NONE)).toBe(NOT_RECORDED);
  });

  it('Each rule has a rate limit of its own', () => {
    const limited: SamplerOptions = { type: 'rate-limit', spansPerSecond: 1 };
    const { sampler } = make({
      type: 'by-name',
      rules: [
        { name: 'a', sampler: limited },
        { name: 'b', sampler: limited },
      ],
    });
    expect(['a', 'a', 'b', 'b'].map((it) => decide(sampler, it))).toEqual([
      SAMPLED,
      NOT_RECORDED,
      SAMPLED,
      NOT_RECORDED,
    ]);
  });

  it('A sampler of the application that throws leaves the span out and is reported', () => {
    const { sampler, faults } = make({
      shouldSample: () => {
        throw new Error('no mood');
      },
    });
    expect(decide(sampler)).toBe(NOT_RECORDED);
    expect(faults).toEqual([new Error('no mood')]);
  });

  it('A sampler of the application inside parent-based is asked for roots', () => {
    const root = { shouldSample: () => ({ decision: SAMPLED }), toString: () => 'Mine' };
    const { sampler } = make({ type: 'parent-based', root });
    expect(decide(sampler)).toBe(SAMPLED);
    expect(decide(sampler, 'span', TraceFlags.NONE)).toBe(NOT_RECORDED);
  });

  it('Names itself with everything inside it', () => {
    const { sampler } = make({
      type: 'by-name',
      rules: [{ name: 'query *', sampler: { type: 'rate-limit', spansPerSecond: 5 } }],
      otherwise: 'never',
    });
    expect(sampler.toString()).toBe(
      'ByName{query *: RateLimiting{5/s}, otherwise: AlwaysOffSampler}',
    );
  });
});

describe('keeping errors', () => {
  it('Error-keeping sampling records what another sampler leaves out, without calling it sampled', () => {
    expect(decide(new KeepErrorsSampler(make('never').sampler))).toBe(RECORDED_ONLY);
    expect(decide(new KeepErrorsSampler(make('always').sampler))).toBe(SAMPLED);
  });

  it('Error-keeping sampling keeps the trace state that the other sampler gives', () => {
    const inner: Sampler = {
      shouldSample: () => ({ decision: NOT_RECORDED, traceState: 'kept', attributes: { a: 1 } }),
    };
    expect(
      new KeepErrorsSampler(inner).shouldSample(ROOT_CONTEXT, TRACE_ID, 'x', 0, {}, []),
    ).toEqual({ decision: RECORDED_ONLY, traceState: 'kept', attributes: { a: 1 } });
  });
});
