import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TracedHandler, TracingObserver } from '../../../../lib/kernel/call-tracer.js';
import { Faults } from '../../../../lib/kernel/faults.js';
import { LateTracing } from '../../../../lib/tracing/wiring/late-tracing.js';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';
import { commandKind } from '../../../../lib/kinds/command.decorator.js';

const REGISTRY = Symbol.for('opentelemetry.js.api.1');
const holder = globalThis as { [REGISTRY]?: object };
const registered = holder[REGISTRY];
const handler: TracedHandler = { kind: commandKind, name: 'PlaceOrder', labels: {}, span: {} };

afterEach(() => {
  if (registered === undefined) delete holder[REGISTRY];
  else holder[REGISTRY] = registered;
});

/** What makes spans: it notes what it is asked. */
function spans() {
  const asked: unknown[] = [];
  const observer: TracingObserver = {
    bind: ({ name }) => ({
      isActive: () => asked.push(`active ${name}`) > 0,
      follow: (args) => void asked.push(['follow', ...args]),
    }),
    followOperation: ({ operation }) => void asked.push(operation),
    carry: (metadata) => ({ carried: metadata }),
    published: (message) => void asked.push(['published', message]),
    deliver: (message, work) => {
      asked.push(['deliver', message]);
      work();
    },
  };
  return { asked, observer };
}

function late(load: () => Promise<TracingObserver | undefined>) {
  delete holder[REGISTRY];
  const reported: string[] = [];
  const faults = new Faults(new ManualClock());
  faults.connect({ count: (component) => reported.push(component), log: () => undefined });
  return { tracing: new LateTracing({ faults, load }), reported };
}

const operation = { operation: 'append', streamCategory: 'order', appends: true };

describe('while nothing is registered', () => {
  it('No span code is loaded while no SDK is registered', () => {
    const load = vi.fn<() => Promise<undefined>>();
    const { tracing } = late(load);
    const tracer = tracing.bind(handler);
    const metadata = {};
    const work = vi.fn<() => void>();
    expect([tracer.isActive(), tracer.follow([])]).toEqual([false, undefined]);
    expect(tracing.followOperation(operation)).toBeUndefined();
    expect(tracing.carry(metadata)).toBe(metadata);
    tracing.published('event');
    tracing.deliver('event', work);
    expect(work).toHaveBeenCalledTimes(1);
    expect(load).not.toHaveBeenCalled();
  });
});

describe('when something is registered', () => {
  it('Span code is loaded once when an SDK registers, also for handlers that were bound before', async () => {
    const { asked, observer } = spans();
    const load = vi.fn<() => Promise<TracingObserver>>(async () => observer);
    const { tracing } = late(load);
    const before = tracing.bind(handler);
    holder[REGISTRY] = {};
    expect([before.isActive(), before.isActive()]).toEqual([false, false]);
    await Promise.resolve();
    expect(load).toHaveBeenCalledTimes(1);
    expect([before.isActive(), tracing.bind({ ...handler, name: 'B' }).isActive()]).toEqual([
      true,
      true,
    ]);
    before.follow([1, 2]);
    tracing.followOperation(operation);
    tracing.published('a');
    tracing.deliver('b', () => asked.push('work'));
    expect(tracing.carry('c')).toEqual({ carried: 'c' });
    expect(asked).toEqual([
      'active PlaceOrder',
      'active B',
      ['follow', 1, 2],
      'append',
      ['published', 'a'],
      ['deliver', 'b'],
      'work',
    ]);
  });

  it('Span code that cannot be loaded is reported once, and no handler has a span', async () => {
    const { tracing, reported } = late(() => Promise.reject(new Error('broken')));
    holder[REGISTRY] = {};
    const tracer = tracing.bind(handler);
    await vi.waitFor(() => expect(reported).toEqual(['tracing']));
    expect(tracer.isActive()).toBe(false);
    await Promise.resolve();
    expect(reported).toEqual(['tracing']);
  });
});
