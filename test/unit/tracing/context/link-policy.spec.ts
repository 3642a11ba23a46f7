import { context, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';
import { LinkPolicy, type LinkPolicyOptions } from '../../../../lib/tracing/context/link-policy.js';
import { contextOfOrigin, LINKS_OMITTED } from '../../../../lib/tracing/context/span-origin.js';

const MINUTE_MS = 60_000;

const span = (traceDigit: string, spanDigit = '1'): SpanContext => ({
  traceId: traceDigit.repeat(32),
  spanId: spanDigit.repeat(16),
  traceFlags: 0,
});
const producer = span('a');
const ambient = span('b');

function policyOfTest(options?: LinkPolicyOptions) {
  const clock = new ManualClock();
  return { policy: new LinkPolicy(clock, options), nowMs: clock.wallMs() };
}

describe('the span of a single event', () => {
  it('The span of a single event is a child of the producer when the event is younger than two minutes', () => {
    const { policy, nowMs } = policyOfTest();
    const recordedAtMs = nowMs - 2 * MINUTE_MS + 1;
    expect(policy.originOfEvent({ producer, recordedAtMs }, undefined)).toEqual({
      parent: producer,
      root: false,
      links: [],
      attributes: {},
    });
  });

  it('The span of a single event is a root linked to the producer when the event is two minutes old', () => {
    const { policy, nowMs } = policyOfTest();
    const recordedAtMs = nowMs - 2 * MINUTE_MS;
    expect(policy.originOfEvent({ producer, recordedAtMs }, undefined)).toEqual({
      parent: undefined,
      root: true,
      links: [{ context: producer }],
      attributes: {},
    });
  });

  it('The span of a single event is a child when the recorder clock is ahead: the event is 0 ms old', () => {
    const { policy, nowMs } = policyOfTest({ ageLimitMs: 1 });
    const recordedAtMs = nowMs + 60 * MINUTE_MS;
    expect(policy.originOfEvent({ producer, recordedAtMs }, undefined).parent).toBe(producer);
  });

  it('The span of a single event is a child as long as the clock says so', () => {
    const clock = new ManualClock();
    const policy = new LinkPolicy(clock, { ageLimitMs: 1000 });
    const event = { producer, recordedAtMs: clock.wallMs() };
    clock.advance(999);
    expect(policy.originOfEvent(event, undefined).root).toBe(false);
    clock.advance(1);
    expect(policy.originOfEvent(event, undefined).root).toBe(true);
  });

  it.each([undefined, Number.NaN, 1_790_000_000, 1.79e15])(
    'The span of a single event is a root when its age is unknown: %s',
    (recordedAtMs) => {
      const event = { producer, recordedAtMs };
      expect(policyOfTest().policy.originOfEvent(event, undefined).root).toBe(true);
      const { policy } = policyOfTest({ unknownAge: 'young' });
      expect(policy.originOfEvent(event, undefined).parent).toBe(producer);
    },
  );

  it('The span of a single event is linked to the ambient span, child or not', () => {
    const { policy, nowMs } = policyOfTest();
    expect(policy.originOfEvent({ producer, recordedAtMs: nowMs }, ambient)).toMatchObject({
      parent: producer,
      links: [{ context: ambient }],
    });
    expect(policy.originOfEvent({ producer, recordedAtMs: 0 }, ambient)).toMatchObject({
      root: true,
      links: [{ context: producer }, { context: ambient }],
    });
  });

  it('The span of a single event is not linked to its own parent', () => {
    const { policy, nowMs } = policyOfTest();
    const event = { producer, recordedAtMs: nowMs };
    expect(policy.originOfEvent(event, { ...producer }).links).toEqual([]);
    const sibling = span('a', '2');
    expect(policy.originOfEvent(event, sibling).links).toEqual([{ context: sibling }]);
  });

  it.each([undefined, span('0'), span('a', '0')])(
    'The span of a single event goes where any span goes when the event names no valid producer',
    (none) => {
      const { policy, nowMs } = policyOfTest();
      expect(policy.originOfEvent({ producer: none, recordedAtMs: nowMs }, ambient)).toEqual({
        parent: undefined,
        root: false,
        links: [],
        attributes: {},
      });
    },
  );

  it('The span of a single event is always linked with a limit of 0, and never with Infinity', () => {
    const always = policyOfTest({ ageLimitMs: 0 });
    const event = { producer, recordedAtMs: always.nowMs };
    expect(always.policy.originOfEvent(event, undefined).root).toBe(true);
    const never = policyOfTest({ ageLimitMs: Number.POSITIVE_INFINITY });
    expect(never.policy.originOfEvent({ producer, recordedAtMs: 0 }, undefined).root).toBe(false);
  });
});

describe('the span of a batch', () => {
  const events = (count: number) => {
    const { nowMs } = policyOfTest();
    return Array.from({ length: count }, (_, index) => ({
      producer: span('c', String((index % 9) + 1)),
      recordedAtMs: nowMs,
      attributes: { 'event.position': index },
    }));
  };

  it('The span of a batch is a root with a link per event, however young', () => {
    const { policy } = policyOfTest();
    const origin = policy.originOf({ events: events(3), ambient });
    expect(origin).toMatchObject({ parent: undefined, root: true, attributes: {} });
    expect(origin.links.map((it) => it.attributes?.['event.position'])).toEqual([
      0,
      1,
      2,
      undefined,
    ]);
    expect(origin.links.at(-1)).toEqual({ context: ambient });
  });

  it('The span of a batch is a root when the batch holds a single event', () => {
    const { policy } = policyOfTest();
    expect(policy.originOf({ events: events(1), batch: true })).toMatchObject({ root: true });
    expect(policy.originOf({ events: events(1) })).toMatchObject({ root: false });
  });

  it('The span of a batch leaves events out that name no producer', () => {
    const { policy } = policyOfTest();
    const origin = policy.originOf({
      events: [...events(1), { producer: undefined }],
      batch: true,
    });
    expect(origin.links).toHaveLength(1);
    expect(origin.attributes).toEqual({});
  });

  it('The span of a batch has 128 links at most, the ambient span among them, and tells how many were left out', () => {
    const { policy } = policyOfTest();
    const full = policy.originOf({ events: events(128) });
    expect(full.links).toHaveLength(128);
    expect(full.attributes).toEqual({});
    const origin = policy.originOf({ events: events(500), ambient });
    expect(origin.links).toHaveLength(128);
    expect(origin.links.at(-1)).toEqual({ context: ambient });
    expect(origin.attributes).toEqual({ [LINKS_OMITTED]: 373 });
  });

  it('The span of a batch has as many links as the limit says, 0 included', () => {
    const { policy } = policyOfTest({ linkLimit: 0 });
    const origin = policy.originOf({ events: events(2), ambient });
    expect(origin).toMatchObject({ root: true, links: [], attributes: { [LINKS_OMITTED]: 3 } });
  });

  it('The span of a batch never loses count of a link', () => {
    const count = fc.nat({ max: 300 });
    fc.assert(
      fc.property(count, count, fc.boolean(), (size, linkLimit, hasAmbient) => {
        const { policy } = policyOfTest({ linkLimit });
        const facts = {
          events: events(size),
          batch: true,
          ambient: hasAmbient ? ambient : undefined,
        };
        const { links, attributes } = policy.originOf(facts);
        const omitted = Number(attributes[LINKS_OMITTED] ?? 0);
        expect(links.length).toBeLessThanOrEqual(linkLimit);
        const expected = size === 0 ? 0 : size + (hasAmbient ? 1 : 0);
        expect(links.length + omitted).toBe(expected);
      }),
    );
  });
});

describe('the context to start a span in', () => {
  const active = trace.setSpanContext(ROOT_CONTEXT, ambient);
  const plain = { links: [], attributes: {} };

  it('The context to start a span in holds the parent, nothing, or what is active', () => {
    const parented = contextOfOrigin({ parent: producer, root: false, ...plain }, active);
    expect(trace.getSpanContext(parented)).toEqual(producer);
    const root = contextOfOrigin({ parent: undefined, root: true, ...plain }, active);
    expect(trace.getSpanContext(root)).toBeUndefined();
    const ordinary = contextOfOrigin({ parent: undefined, root: false, ...plain }, active);
    expect(ordinary).toBe(active);
    expect(context.active()).toBe(ROOT_CONTEXT);
  });
});

describe('a link policy', () => {
  it.each([
    [{ ageLimitMs: -1 }, 'ageLimitMs = -1'],
    [{ ageLimitMs: Number.NaN }, 'ageLimitMs'],
    [{ linkLimit: 1.5 }, 'linkLimit = 1.5'],
    [{ linkLimit: -1 }, 'linkLimit = -1'],
    [{ unknownAge: 'ripe' as never }, 'unknownAge = "ripe"'],
  ])('A link policy refuses %o', (options, message) => {
    expect(() => policyOfTest(options)).toThrow(message);
    expect(() => policyOfTest(options)).toThrow('OBS_OPTION_INVALID');
  });
});
