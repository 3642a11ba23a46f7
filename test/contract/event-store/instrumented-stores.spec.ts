import { context, SpanKind, trace } from '@opentelemetry/api';
import type { INestApplication } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ObservabilityService } from '../../../lib/index.js';
import { create, series } from '../../e2e/handlers/application.js';
import { poll } from '../../system/poll.js';
import { RecordingSdk } from '../../unit/tracing/span/traced-application.js';
import { type OpenStore, type StoreSubject, subjects } from './stores.js';

describe.each(subjects)('$name', (subject: StoreSubject) => {
  describe.skipIf(subject.missing !== undefined)('instrumented', () => {
    let open: OpenStore<never>;
    let sdk: RecordingSdk;
    let app: INestApplication;
    let store: never;
    let run = 0;
    let stream: string;

    beforeAll(async () => {
      open = await subject.open();
    }, 60_000);

    afterAll(() => open?.close?.());

    beforeEach(async () => {
      sdk = new RecordingSdk();
      app = await create({});
      const service = app.get(ObservabilityService);
      store = service.instrumentEventStore(open.store, subject.adapter, open.options);
      await app.init();
      stream = `cart-${++run}`;
    });

    afterEach(() => sdk.close());

    const of = (metric: string) => series(app, `eventcore_${metric}`);

    it('An instrumented event store counts what it appends, by the category of the stream', async () => {
      await open.append(store, stream, ['mug', 'pot'], true);
      expect(of('event_store_operations_total')).toMatchObject({
        'append success': 1,
        'append failure': 0,
      });
      expect(of('events_written_total')).toEqual({ cart: 2 });
      expect(of('event_store_latency_seconds')).toMatchObject({ 'append success': 1 });
    });

    it('An instrumented event store counts the events that its consumer reads', async () => {
      await open.append(open.store, stream, ['mug', 'pot', 'cup'], true);
      expect(await open.read(store, stream)).toEqual(['mug', 'pot', 'cup']);
      expect(of('events_read_total')).toEqual({ cart: 3 });
      expect(of('event_store_operations_total')).toMatchObject({
        'read success': 1,
        'append success': 0,
      });
    });

    it('An instrumented event store answers for a stream that does not exist, and does not fail', async () => {
      expect(await open.read(store, stream)).toEqual([]);
      expect(of('event_store_operations_total')).toMatchObject({ 'read success': 1 });
      expect(of('errors_total')).toEqual({});
    });

    it('An instrumented event store returns what the store returns', async () => {
      const same = await open.append(store, stream, ['mug'], true);
      const other = await open.append(open.store, `${stream}b`, ['mug'], true);
      expect(typeof same).toBe(typeof other);
      expect(Object.keys(Object(same) as object)).toEqual(Object.keys(Object(other) as object));
    });

    it('An instrumented event store counts a conflict, and throws the error of the store', async () => {
      await open.append(store, stream, ['mug'], true);
      const thrown: unknown = await open.append(store, stream, ['pot'], true).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect((thrown as Error).constructor.name.replace(/^_/, '')).toBe(subject.conflict);
      expect(of('event_store_conflicts_total')).toEqual({ cart: 1 });
      expect(of('event_store_operations_total')).toMatchObject({
        'append success': 1,
        'append failure': 1,
      });
      const errors = Object.entries(of('errors_total'));
      expect(errors.map(([labels]) => labels.split(' ').slice(0, 2))).toEqual([
        ['event_store', subject.conflict],
      ]);
      expect(of('events_written_total')).toEqual({ cart: 1 });
    });

    it('An instrumented event store shows operations as spans of the active one', async () => {
      const caller = trace.getTracer('test').startSpan('caller');
      const active = trace.setSpan(context.active(), caller);
      await context.with(active, () => open.append(store, stream, ['mug', 'pot'], true));
      await context.with(active, () => open.append(store, stream, ['cup'], true)).catch(() => 1);
      await context.with(active, () => open.read(store, stream));
      const { system } = subject.adapter;
      const common = {
        'event_store.operation': 'append',
        'stream.category': 'cart',
        'stream.id': stream,
        ...(system !== undefined && { 'db.system.name': system }),
      };
      const [appended, refused] = sdk.spans().filter((it) => it.name === 'event_store append');
      expect(appended?.attributes).toEqual({ ...common, 'events.count': 2 });
      expect(appended?.kind).toBe(SpanKind.CLIENT);
      expect(appended?.parentSpanContext?.spanId).toBe(caller.spanContext().spanId);
      expect(refused?.attributes).toEqual({ ...common, 'error.type': subject.conflict });
      const read = sdk.span('event_store read');
      expect(read.attributes).toMatchObject({ 'event_store.operation': 'read', 'events.count': 2 });
    });

    it('An instrumented event store lets the events carry the trace of whoever appends them, where they have metadata', async () => {
      if (open.metadata === undefined) return;
      const caller = trace.getTracer('test').startSpan('caller');
      const active = trace.setSpan(context.active(), caller);
      await context.with(active, () => open.append(store, stream, ['mug'], true));
      const { traceId, spanId } = caller.spanContext();
      expect(await open.metadata(store, stream)).toMatchObject({
        traceparent: `00-${traceId}-${spanId}-01`,
      });
    });

    it('An instrumented event store goes on unobserved when the application has ended', async () => {
      await app.close();
      await open.append(store, stream, ['mug'], true);
      expect(await open.read(store, stream)).toEqual(['mug']);
      expect(of('event_store_operations_total')).toMatchObject({
        'append success': 0,
        'read success': 0,
      });
    });

    it('An instrumented event store publishes the number of its streams, if the store can tell', async () => {
      if (open.options?.activeStreams === undefined) return;
      const [streams] = await poll(
        async () => {
          const values = Object.values(of('active_streams'));
          return values.length > 0 ? values : undefined;
        },
        { what: 'a count of streams', timeoutMs: 10_000 },
      );
      expect(streams).toBeGreaterThan(0);
    });
  });
});
