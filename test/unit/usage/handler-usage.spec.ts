import { describe, expect, it } from 'vitest';
import type { TracedHandler } from '../../../lib/kernel/call-tracer.js';
import { LimitedValues } from '../../../lib/kernel/label.js';
import { commandKind } from '../../../lib/kinds/command.decorator.js';
import { jobKind } from '../../../lib/kinds/job.decorator.js';
import { HandlerUsage, type HandlerUsageDeps } from '../../../lib/usage/handler-usage.js';

const placing: TracedHandler = { kind: commandKind, name: 'PlaceOrder', labels: {}, span: {} };

/** A handler, and what it counts and reports. */
function handler(
  tenant: HandlerUsageDeps['tenant'],
  { traced = placing, tenants = new LimitedValues(2) } = {},
) {
  const counts: Record<string, number> = {};
  const reported: unknown[] = [];
  const usage = new HandlerUsage(traced, {
    tenant,
    tenants,
    loop: undefined,
    faults: { report: (component, fault) => reported.push([component, String(fault)]) },
    seriesOf: (labels) => {
      const counter = (name: string) => ({
        inc: (amount = 1) => {
          const key = [name, ...Object.values(labels)].join(' ');
          counts[key] = (counts[key] ?? 0) + amount;
        },
      });
      return { calls: counter('calls'), wall: counter('wall'), cpu: undefined };
    },
  });
  const call = (argument?: unknown, seconds = 1) => {
    const trace = usage.follow([argument]);
    const result = trace.run(() => 'done');
    trace.ended({ outcome: 'success', attempts: 1, seconds, result });
    return result;
  };
  return { call, counts, reported };
}

const given = (_: unknown, [argument]: readonly unknown[]) => argument as string;

describe('HandlerUsage', () => {
  it('Calls and their seconds are counted for the tenant of each call', () => {
    const { call, counts } = handler(given);
    expect(call('acme', 2)).toBe('done');
    call('acme', 0.5);
    call('globex', 4);
    expect(counts).toEqual({
      'calls command PlaceOrder acme': 2,
      'wall command PlaceOrder acme': 2.5,
      'calls command PlaceOrder globex': 1,
      'wall command PlaceOrder globex': 4,
    });
  });

  it('A call whose clock failed is counted, without seconds', () => {
    const { call, counts } = handler(undefined);
    call('acme', Number.NaN);
    expect(counts).toEqual({ 'calls command PlaceOrder none': 1 });
  });

  it('The first tenants are told apart, and all others fold into one', () => {
    const { call, counts } = handler(given);
    for (const it of ['acme', 'globex', 'initech', 'umbrella', 'acme', 'none', '', undefined])
      call(it);
    expect(counts).toMatchObject({
      'calls command PlaceOrder acme': 2,
      'calls command PlaceOrder globex': 1,
      'calls command PlaceOrder __other__': 2,
      'calls command PlaceOrder none': 3,
    });
  });

  it('A listed tenant is told apart, although another one comes first', () => {
    const { call, counts } = handler(given, { tenants: new LimitedValues(0, ['acme']) });
    for (const it of ['globex', 'acme']) call(it);
    expect(counts).toMatchObject({
      'calls command PlaceOrder __other__': 1,
      'calls command PlaceOrder acme': 1,
    });
  });

  it('Long names that are cut to the same text share one series', () => {
    const { call, counts } = handler(given);
    for (const it of ['a', 'b']) call('x'.repeat(128) + it);
    expect(counts[`calls command PlaceOrder ${'x'.repeat(128)}`]).toBe(2);
  });

  it.each([
    ['throws', () => JSON.parse('{') as string, 'SyntaxError'],
    ['returns a promise', async () => 'acme', 'TypeError'],
    ['returns a number', () => 7, 'TypeError'],
  ])(
    'A call counts for no tenant, and a fault is reported, when the function that names tenants %s',
    (_name, tenant, error) => {
      const { call, counts, reported } = handler(tenant as never);
      expect(call()).toBe('done');
      expect(counts).toMatchObject({ 'calls command PlaceOrder none': 1 });
      expect(reported).toEqual([['usage', expect.stringContaining(error)]]);
    },
  );

  it('A job is named after its queue, in the labels and for the function that names tenants', () => {
    const traced = { kind: jobKind, name: 'welcome', labels: { queue: 'mail' }, span: {} };
    const seen: unknown[] = [];
    const tenant = (it: unknown) => void seen.push(it) as undefined;
    const { call, counts } = handler(tenant, { traced });
    call();
    expect(seen).toEqual([{ source: 'job', handler: 'mail welcome' }]);
    expect(counts).toMatchObject({ 'calls job mail welcome none': 1 });
  });
});
