import { context, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Faults } from '../../../../lib/kernel/faults.js';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';
import { SpanObserver } from '../../../../lib/tracing/span/span-observer.js';
import { RecordingSdk } from './traced-application.js';
import { commandKind } from '../../../../lib/kinds/command.decorator.js';

const unsampled = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.NONE,
};

let sdk: RecordingSdk;
beforeEach(() => void (sdk = new RecordingSdk()));
afterEach(() => sdk.close());

/** Whether a command is followed that comes from an event of a sampled trace, delivered later in an unsampled request. */
function isFollowedAfter(ms: number): boolean {
  const clock = new ManualClock();
  const scope = { name: 'test', version: '1' };
  const observer = new SpanObserver({ scope, clock, faults: new Faults(clock) });
  const command = observer.bind({ kind: commandKind, name: 'Ship', labels: {}, span: {} });
  const message = {};
  const producer = trace.getTracer('test').startSpan('produce', {}, ROOT_CONTEXT);
  context.with(trace.setSpan(ROOT_CONTEXT, producer), () => observer.published(message));
  clock.advance(ms);
  let isActive = false;
  const request = trace.setSpanContext(ROOT_CONTEXT, unsampled);
  context.with(request, () => observer.deliver(message, () => (isActive = command.isActive())));
  return isActive;
}

describe('a command that follows from a delivered event', () => {
  it('A command that follows from a delivered event is followed in the trace of a young one', () => {
    expect(isFollowedAfter(1)).toBe(true);
  });

  it('A command that follows from a delivered event is followed in a trace of its own, linked to an old one, though the request around it is not sampled', () => {
    expect(isFollowedAfter(3_600_000)).toBe(true);
  });
});
