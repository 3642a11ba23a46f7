import { describe, expect, it } from 'vitest';
import type {
  CallEnd,
  CallTracer,
  TracedHandler,
  TracingObserver,
} from '../../../../lib/kernel/call-tracer.js';
import { BareCall } from '../../../../lib/kernel/following/bare-call.js';
import { compositeTracing } from '../../../../lib/kernel/following/composite-tracing.js';
import { commandKind } from '../../../../lib/kinds/command.decorator.js';

const placing: TracedHandler = { kind: commandKind, name: 'PlaceOrder', labels: {}, span: {} };
const error = {
  type: 'Error',
  category: 'permanent',
  message: 'full',
} as unknown as CallEnd['error'];
const failure: CallEnd = { outcome: 'failure', attempts: 1, seconds: 1, error };
const success: CallEnd = { outcome: 'success', attempts: 1, seconds: 1 };

/** An observer that follows calls or only hears of failed ones, and what it saw. */
function observer(follows: boolean) {
  const seen: string[] = [];
  class Call extends BareCall {
    override ended({ outcome }: CallEnd): void {
      seen.push(`ended ${outcome}`);
    }
  }
  const tracer: CallTracer = {
    isActive: () => follows,
    follow: () => (follows ? new Call() : undefined),
    failed: ({ outcome }) => seen.push(`failed ${outcome}`),
  };
  const tracing: TracingObserver = {
    bind: () => tracer,
    followOperation: () => undefined,
    carry: (it) => it,
    published: () => undefined,
    deliver: (_, work) => work(),
  };
  return { tracing, seen };
}

describe('compositeTracing', () => {
  it.each([
    [true, false],
    [false, true],
  ])('An observer that does not follow a call hears of its failure: %s, %s', (first, second) => {
    const [one, other] = [observer(first), observer(second)];
    const tracer = compositeTracing(one.tracing, other.tracing).bind(placing);
    tracer.follow([])?.ended(failure);
    tracer.follow([])?.ended(success);
    const [following, hearing] = first ? [one, other] : [other, one];
    expect(following.seen).toEqual(['ended failure', 'ended success']);
    expect(hearing.seen).toEqual(['failed failure']);
  });

  it('Both observers hear of the failure of a call that neither follows', () => {
    const [one, other] = [observer(false), observer(false)];
    const tracer = compositeTracing(one.tracing, other.tracing).bind(placing);
    expect(tracer.follow([])).toBeUndefined();
    tracer.failed?.(failure);
    expect([one.seen, other.seen]).toEqual([['failed failure'], ['failed failure']]);
  });
});
