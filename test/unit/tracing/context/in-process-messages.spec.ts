import { ROOT_CONTEXT, type SpanContext, trace, TraceFlags } from '@opentelemetry/api';
import { beforeEach, describe, expect, it } from 'vitest';
import { InProcessMessages } from '../../../../lib/tracing/context/in-process-messages.js';
import { LinkPolicy } from '../../../../lib/tracing/context/link-policy.js';
import { ManualClock } from '../../../../lib/testing/index.js';

const spanOf = (traceDigit: string, spanDigit: string): SpanContext => ({
  traceId: traceDigit.repeat(32),
  spanId: spanDigit.repeat(16),
  traceFlags: TraceFlags.SAMPLED,
});
const contextOf = (span: SpanContext) => trace.setSpanContext(ROOT_CONTEXT, span);
const PUBLISHER = spanOf('a', '1');
const POLL = spanOf('b', '2');

let clock: ManualClock;
let messages: InProcessMessages;
beforeEach(() => {
  clock = new ManualClock();
  messages = new InProcessMessages(clock, new LinkPolicy(clock));
});

describe('the origin of a message', () => {
  it('The origin of a message is what was active when it was published, the last time', () => {
    const event = {};
    messages.published(event, contextOf(POLL));
    clock.advance(10);
    messages.published(event, contextOf(PUBLISHER));
    expect(messages.originOf(event, undefined)).toEqual({
      producer: PUBLISHER,
      recordedAtMs: clock.wallMs(),
    });
    messages.published(event, ROOT_CONTEXT);
    expect(messages.originOf(event, undefined)).toBeUndefined();
  });

  it('The origin of a message is what its metadata names when that is another trace', () => {
    const event = Object.freeze({});
    messages.published(event, contextOf(PUBLISHER));
    const elsewhere = { producer: POLL };
    expect(messages.originOf(event, elsewhere)).toBe(elsewhere);
    const sameTrace = { producer: spanOf('a', '3') };
    expect(messages.originOf(event, sameTrace)?.producer).toBe(PUBLISHER);
    const nothing = { producer: undefined };
    expect(messages.originOf(event, nothing)?.producer).toBe(PUBLISHER);
  });

  it.each([undefined, null, 'text', 1])('The origin of a message is unknown of %j', (message) => {
    messages.published(message, contextOf(PUBLISHER));
    expect(messages.originOf(message, undefined)).toBeUndefined();
  });
});

describe('what follows from a delivered message', () => {
  const deliver = (event: object, active = ROOT_CONTEXT) => {
    const delivery = messages.contextOfDelivery(event, undefined, active);
    if (delivery === undefined) throw new Error('no delivery');
    return delivery;
  };

  it('Work that follows from a delivered message is a child of what is active while the message is published', () => {
    const delivery = deliver({}, contextOf(PUBLISHER));
    expect(messages.originOfFollowUp(delivery)).toMatchObject({ parent: PUBLISHER, links: [] });
  });

  it('Work that follows from a delivered message is a child of the publisher, linked to what delivers it', () => {
    const event = {};
    messages.published(event, contextOf(PUBLISHER));
    const delivery = deliver(event, contextOf(POLL));
    expect(trace.getSpanContext(delivery)).toEqual(PUBLISHER);
    expect(messages.originOfFollowUp(delivery)).toMatchObject({
      parent: PUBLISHER,
      links: [{ context: POLL }],
    });
  });

  it('Work that follows from a delivered message is linked to the publisher when it comes late', () => {
    const delivery = deliver({}, contextOf(PUBLISHER));
    clock.advance(120_000);
    expect(messages.originOfFollowUp(delivery)).toMatchObject({
      parent: undefined,
      root: true,
      links: [{ context: PUBLISHER }],
    });
  });

  it('Work that follows from a delivered message is what any span is once it has begun, or in a span of somebody else', () => {
    const delivery = deliver({}, contextOf(PUBLISHER));
    expect(messages.originOfFollowUp(messages.leaveDelivery(delivery))).toBeUndefined();
    expect(messages.originOfFollowUp(trace.setSpanContext(delivery, POLL))).toBeUndefined();
  });

  it('Work that follows from a delivered message has no origin when nobody produced the message', () => {
    expect(messages.contextOfDelivery({}, undefined, ROOT_CONTEXT)).toBeUndefined();
    expect(messages.originOfFollowUp(contextOf(PUBLISHER))).toBeUndefined();
  });
});
