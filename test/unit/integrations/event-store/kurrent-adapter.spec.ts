import { jsonEvent, WrongExpectedVersionError } from '@kurrent/kurrentdb-client';
import { describe, expect, it } from 'vitest';
import { kurrentAdapter } from '../../../../lib/integrations/event-store/index.js';
import { RecordedStores } from './recorded-store.js';

const event = (metadata?: object) =>
  jsonEvent({ type: 'Added', data: { sku: 'mug' }, ...(metadata && { metadata }) });

/** The methods of the client that its server has to be newer for than the double is. */
function newerClient(results: Partial<Record<'append' | 'multi', unknown>> = {}) {
  const received: unknown[][] = [];
  const answer =
    (result: unknown) =>
    async (...args: unknown[]) => {
      received.push(args);
      if (result instanceof Error) throw result;
      return result;
    };
  return {
    received,
    appendToStream: answer(results.append),
    multiStreamAppend: answer(results.multi),
    appendRecords: answer(results.multi),
    readStream: answer([]),
    readAll: answer([]),
  };
}

const requests = [
  { streamName: 'cart-1', expectedState: 'any', events: [event(), event()] },
  { streamName: 'order-1', expectedState: 'any', events: [event({ by: 'me' })] },
];

describe('the client of KurrentDB', () => {
  it('The client of KurrentDB appends to several streams in one operation, each with its category', async () => {
    const recorded = new RecordedStores();
    const client = recorded.instrumentation.instrument(newerClient(), kurrentAdapter, {});
    await client.multiStreamAppend(requests);
    expect(recorded.operations).toEqual({ 'append_multi success': 1 });
    expect(recorded.of('events_written_total')).toEqual({ cart: 2, order: 1 });
    expect(recorded.followed[0]).toMatchObject({ streamCategory: 'several', streamId: undefined });
  });

  it('The client of KurrentDB counts interleaved records under their streams', async () => {
    const recorded = new RecordedStores();
    const client = recorded.instrumentation.instrument(newerClient(), kurrentAdapter, {});
    const record = event();
    await client.appendRecords([
      { streamName: 'cart-1', record },
      { streamName: 'order-1', record },
      { streamName: 'cart-2', record },
    ]);
    expect(recorded.of('events_written_total')).toEqual({ cart: 2, order: 1 });
  });

  it('The client of KurrentDB finds the stream that had moved on among several', async () => {
    const recorded = new RecordedStores();
    const error = new WrongExpectedVersionError(null as never, {
      streamName: 'order-1',
      current: 4n,
      expected: 3n,
    });
    const raw = newerClient({ multi: error });
    const client = recorded.instrumentation.instrument(raw, kurrentAdapter, {});
    await expect(client.multiStreamAppend(requests)).rejects.toBe(error);
    expect(recorded.of('event_store_conflicts_total')).toEqual({ order: 1 });
    expect(recorded.of('events_written_total')).toEqual({});
  });

  it('The client of KurrentDB has a conflict in its answer when it is told not to throw', async () => {
    const recorded = new RecordedStores();
    const refused = { success: false, nextExpectedRevision: 4n };
    const raw = newerClient({ append: refused });
    const client = recorded.instrumentation.instrument(raw, kurrentAdapter, {});
    expect(await client.appendToStream('cart-1', event())).toBe(refused);
    expect(recorded.operations).toEqual({ 'append failure': 1 });
    expect(recorded.of('event_store_conflicts_total')).toEqual({ cart: 1 });
    expect(recorded.of('errors_total')).toEqual({ 'event_store Conflict transient': 1 });
  });

  it('The client of KurrentDB lets the events of every kind of append carry the trace context, in text', async () => {
    const carry = (metadata: unknown) => ({ ...(metadata as object), traceparent: '00-1' });
    const recorded = new RecordedStores(carry);
    const raw = newerClient({ append: { success: true } });
    const client = recorded.instrumentation.instrument(raw, kurrentAdapter, {});
    await client.appendToStream('cart-1', event());
    await client.multiStreamAppend(requests);
    await client.appendRecords([{ streamName: 'cart-1', record: event() }]);
    const traced = { metadata: { traceparent: '00-1' } };
    expect(raw.received[0]?.[1]).toMatchObject(traced);
    expect(raw.received[1]?.[0]).toMatchObject([
      { events: [traced, traced] },
      { events: [{ metadata: { by: 'me', traceparent: '00-1' } }] },
    ]);
    expect(raw.received[2]?.[0]).toMatchObject([{ record: traced }]);
    expect(requests[0]?.events[0]?.metadata).toBeUndefined();
  });
});
