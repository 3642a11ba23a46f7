import { ConflictException, Injectable } from '@nestjs/common';
import {
  context,
  createTraceState,
  INVALID_SPAN_CONTEXT,
  type ProxyTracerProvider,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { Span } from 'nestjs-otel';
import { firstValueFrom, Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Command, currentObservation, Projection, Query } from '../../../../lib/index.js';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';
import { RecordingSdk, startApplication } from './traced-application.js';

const PRODUCER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const TRACEPARENT = `00-${PRODUCER.traceId}-${PRODUCER.spanId}-01`;

interface Recorded {
  readonly type: string;
  readonly id: number;
  readonly at: number;
  readonly metadata: object;
}

const activeSpanId = () => trace.getActiveSpan()?.spanContext().spanId;

@Injectable()
class Shop {
  @Command({
    name: 'PlaceOrder',
    events: () => 2,
    span: {
      attributes: (...[sku]: readonly unknown[]) => ({ 'order.sku': String(sku) }),
      resultAttributes: (result) => ({ 'order.result': String(result) }),
    },
  })
  async place(sku: string): Promise<string | undefined> {
    await Promise.resolve();
    if (sku === 'none') throw new ConflictException('sold out');
    if (sku === 'broken') throw Object.assign(new Error('no answer'), { code: 'ECONNRESET' });
    return activeSpanId();
  }

  @Query('Sync')
  sync(): string | undefined {
    return activeSpanId();
  }

  @Query('Stream')
  stream(): Observable<string | undefined> {
    return new Observable((subscriber) => {
      subscriber.next(activeSpanId());
      subscriber.complete();
    });
  }

  @Query('Iterate')
  async *iterate(): AsyncGenerator<string | undefined> {
    yield activeSpanId();
    await Promise.resolve();
    yield activeSpanId();
  }

  @Command({ name: 'Retry', context: true })
  async retry(): Promise<void> {
    for (const attempt of [1, 2]) currentObservation()?.retry(new Error(`attempt ${attempt}`));
    currentObservation()?.setAttributes({ 'order.vip': true });
    currentObservation()?.addEvent('decided');
    await Promise.resolve();
  }

  @Command({ name: 'Unseen', span: false })
  async unseen(): Promise<string | undefined> {
    return activeSpanId();
  }

  @Command({
    name: 'BadHook',
    span: {
      attributes: () => {
        throw new Error('hook');
      },
    },
  })
  async badHook(): Promise<number> {
    return 1;
  }

  @Command({ name: 'Hostile', context: true })
  async hostile(): Promise<string> {
    const unreadable = Object.defineProperty({}, 'id', {
      enumerable: true,
      get: () => {
        throw new Error('unreadable');
      },
    });
    currentObservation()?.setAttributes(unreadable);
    return 'done';
  }

  @Command({
    name: 'Odd',
    id: (...[order]) => `order-${String(order)}`,
    span: {
      attributes: () => ({ kept: [1, 2], whole: { no: 'object' }, mixed: [1, 'a'] }) as never,
      resultAttributes: () => Promise.reject(new Error('async by mistake')) as never,
    },
  })
  async odd(order: number): Promise<number> {
    return order;
  }

  @Command('Identified')
  async identified(command: { readonly commandId: string }): Promise<string> {
    clock.advance(250);
    return command.commandId;
  }

  @Command('Outer')
  async outer(): Promise<string | undefined> {
    return this.place('hat');
  }

  @Span('otel inside')
  @Command('Inside')
  async inside(): Promise<string | undefined> {
    return activeSpanId();
  }

  @Command('Around')
  @Span('otel around')
  async around(): Promise<string | undefined> {
    return activeSpanId();
  }

  @Projection({ name: 'orders', eventTime: (event) => (event as Recorded).at })
  async apply(_event: Recorded | readonly Recorded[]): Promise<string | undefined> {
    return activeSpanId();
  }
}

const clock = new ManualClock();

describe('a span', () => {
  let sdk: RecordingSdk;
  let app: Awaited<ReturnType<typeof startApplication<Shop>>>;

  beforeEach(async () => {
    sdk = new RecordingSdk();
    app = await startApplication(Shop, { clock });
  });

  afterEach(async () => {
    await app.close();
    sdk.close();
  });

  const recorded = (ageMs: number, metadata: object = { traceparent: TRACEPARENT }): Recorded => ({
    type: 'OrderPlaced',
    id: 7,
    at: clock.wallMs() - ageMs,
    metadata,
  });

  it('A span of a command tells its type, outcome, events and what the hooks say', async () => {
    const inHandler = await app.handler.place('hat');
    const span = sdk.span('command PlaceOrder');
    expect(inHandler).toBe(span.spanContext().spanId);
    expect(span.kind).toBe(SpanKind.INTERNAL);
    expect(span.attributes).toEqual({
      'command.type': 'PlaceOrder',
      'command.outcome': 'success',
      'command.success': true,
      'events.count': 2,
      'order.sku': 'hat',
      'order.result': inHandler,
    });
    expect(span.instrumentationScope.name).toBe('@eventcore/nestjs-observability');
  });

  it('A span of a failure has the exception, the status and the type of the error', async () => {
    await expect(app.handler.place('broken')).rejects.toThrow('no answer');
    const span = sdk.span('command PlaceOrder');
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
    expect(span.attributes).toMatchObject({
      'error.type': 'ECONNRESET',
      'command.outcome': 'failure',
      'command.success': false,
    });
    expect(span.events.map(({ name }) => name)).toEqual(['exception']);
  });

  it('A span of a rejection is no error', async () => {
    await expect(app.handler.place('none')).rejects.toThrow('sold out');
    const span = sdk.span('command PlaceOrder');
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(span.events).toEqual([]);
    expect(span.attributes).toMatchObject({
      'error.type': 'ConflictException',
      'command.outcome': 'rejected',
    });
  });

  it('A span is active inside sync handlers, subscriptions and every step of an async iterator', async () => {
    expect(app.handler.sync()).toBe(sdk.span('query Sync').spanContext().spanId);
    const streamed = await firstValueFrom(app.handler.stream());
    expect(streamed).toBe(sdk.span('query Stream').spanContext().spanId);
    const steps: (string | undefined)[] = [];
    for await (const step of app.handler.iterate()) steps.push(step);
    const { spanId } = sdk.span('query Iterate').spanContext();
    expect(steps).toEqual([spanId, spanId]);
  });

  it('A span is made per subscription', async () => {
    const stream = app.handler.stream();
    expect(sdk.spans()).toEqual([]);
    await firstValueFrom(stream);
    await firstValueFrom(stream);
    expect(sdk.spans().map(({ name }) => name)).toEqual(['query Stream', 'query Stream']);
  });

  it('A span is a child of the span of the handler that called it', async () => {
    await app.handler.outer();
    const [inner, outer] = sdk.spans();
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(outer?.name).toBe('command Outer');
  });

  it('A span nests with @Span of nestjs-otel on either side', async () => {
    await app.handler.inside();
    expect(sdk.span('command Inside').parentSpanContext?.spanId).toBe(
      sdk.span('otel inside').spanContext().spanId,
    );
    await app.handler.around();
    expect(sdk.span('otel around').parentSpanContext?.spanId).toBe(
      sdk.span('command Around').spanContext().spanId,
    );
  });

  it('A span of every attempt after the first is linked to the one before', async () => {
    await app.handler.retry();
    const [second, third] = sdk.spans().filter(({ name }) => name === 'command Retry attempt');
    const command = sdk.span('command Retry');
    expect(second?.parentSpanContext?.spanId).toBe(command.spanContext().spanId);
    expect(second?.links[0]?.context.spanId).toBe(command.spanContext().spanId);
    expect(third?.links[0]?.context.spanId).toBe(second?.spanContext().spanId);
    expect(second?.status.code).toBe(SpanStatusCode.ERROR);
    expect(third?.status.code).toBe(SpanStatusCode.UNSET);
    expect(command.attributes['order.vip']).toBe(true);
    expect(command.events.map(({ name }) => name)).toEqual(['retry', 'decided']);
    const metrics = await app.gather();
    expect(metrics).toContain('eventcore_command_attempts_sum{command_type="Retry"} 3');
    expect(metrics).toContain(
      'eventcore_command_retries_total{command_type="Retry",error_type="Error"} 2',
    );
  });

  it('A span takes no attributes that throw when they are read, and the handler goes on', async () => {
    expect(await app.handler.hostile()).toBe('done');
    expect(sdk.span('command Hostile').attributes['command.outcome']).toBe('success');
    expect(await app.gather()).toContain(
      'eventcore_observability_errors_total{component="span_attributes"} 1',
    );
  });

  it('A span takes no attribute that it cannot hold, and each one is counted', async () => {
    expect(await app.handler.odd(7)).toBe(7);
    expect(sdk.span('command Odd').attributes).toEqual({
      'command.type': 'Odd',
      'command.id': 'order-7',
      'command.outcome': 'success',
      'command.success': true,
      kept: [1, 2],
    });
    expect(await app.gather()).toContain(
      'eventcore_observability_errors_total{component="span_attributes"} 3',
    );
  });

  it('A span of a command that carries an id tells it, and lasts as long as the metrics say', async () => {
    await app.handler.identified({ commandId: 'c-1' });
    const { attributes, duration } = sdk.span('command Identified');
    expect(attributes['command.id']).toBe('c-1');
    expect(duration).toEqual([0, 250_000_000]);
    expect(await app.gather()).toContain(
      'eventcore_command_duration_seconds_sum{command_type="Identified",outcome="success"} 0.25',
    );
  });

  it('A span is not made where the decorator says so', async () => {
    expect(await app.handler.unseen()).toBe(undefined);
    expect(sdk.spans()).toEqual([]);
  });

  it('A span survives a hook that throws, and the fault is counted', async () => {
    expect(await app.handler.badHook()).toBe(1);
    expect(sdk.span('command BadHook').attributes['command.outcome']).toBe('success');
    expect(await app.gather()).toContain(
      'eventcore_observability_errors_total{component="span_attributes"} 1',
    );
  });

  it('A span of the handling of a young event is a child of its producer', async () => {
    await app.handler.apply(recorded(119_000));
    const span = sdk.span('projection orders');
    expect(span.kind).toBe(SpanKind.CONSUMER);
    expect(span.spanContext().traceId).toBe(PRODUCER.traceId);
    expect(span.parentSpanContext?.spanId).toBe(PRODUCER.spanId);
    expect(span.links).toEqual([]);
    expect(span.attributes).toMatchObject({
      'projection.name': 'orders',
      'event.type': 'OrderPlaced',
      'event.id': '7',
    });
  });

  it('A span of the handling of an old event begins a trace and is linked to its producer', async () => {
    await app.handler.apply(recorded(120_000));
    const span = sdk.span('projection orders');
    expect(span.parentSpanContext).toBe(undefined);
    expect(span.spanContext().traceId).not.toBe(PRODUCER.traceId);
    expect(span.links.map((it) => it.context.spanId)).toEqual([PRODUCER.spanId]);
  });

  it('A span of a batch has a link per event and counts them', async () => {
    await app.handler.apply([recorded(0), recorded(1), recorded(2, {})]);
    const span = sdk.span('projection orders');
    expect(span.parentSpanContext).toBe(undefined);
    expect(span.links).toHaveLength(2);
    expect(span.attributes['events.count']).toBe(3);
  });

  it('A span that is active around a projection becomes a link', async () => {
    await trace.getTracer('runner').startActiveSpan('poll', async (poll) => {
      await app.handler.apply(recorded(0));
      poll.end();
    });
    const span = sdk.span('projection orders');
    expect(span.parentSpanContext?.spanId).toBe(PRODUCER.spanId);
    expect(span.links.map((it) => it.context.spanId)).toEqual([
      sdk.span('poll').spanContext().spanId,
    ]);
  });

  it('A span is not recorded below an unsampled producer, whose trace goes on with its state', async () => {
    const metadata = {
      traceparent: `00-${PRODUCER.traceId}-${PRODUCER.spanId}-00`,
      tracestate: 'vendor=1',
    };
    await app.handler.apply(recorded(0, metadata));
    expect(sdk.spans()).toEqual([]);
    const seen: (string | undefined)[] = [];
    @Injectable()
    class Reader {
      @Projection({ name: 'reader', eventTime: () => clock.wallMs() })
      read(_event: object): void {
        const active = trace.getSpanContext(context.active());
        seen.push(active?.traceId, active?.traceState?.serialize(), String(active?.traceFlags));
      }
    }
    const other = await startApplication(Reader, { clock });
    other.handler.read({ metadata });
    await other.close();
    expect(seen).toEqual([PRODUCER.traceId, 'vendor=1', String(TraceFlags.NONE)]);
  });

  it('A span is a child of the active one with its trace state', async () => {
    const traceState = createTraceState('vendor=1');
    const parent = { ...PRODUCER, traceFlags: TraceFlags.SAMPLED, isRemote: true, traceState };
    const within = trace.setSpanContext(context.active(), parent);
    await context.with(within, () => app.handler.place('hat'));
    const span = sdk.span('command PlaceOrder');
    expect(span.parentSpanContext?.spanId).toBe(PRODUCER.spanId);
    expect(span.spanContext().traceState?.serialize()).toBe('vendor=1');
  });
});

describe('without a span to record', () => {
  it('A handler runs, and the fault is counted, when the SDK has no tracer to give', async () => {
    const app = await startApplication(Shop);
    trace.setGlobalTracerProvider({
      getTracer: () => {
        throw new Error('no tracer');
      },
    });
    expect(await app.handler.place('hat')).toBe(undefined);
    expect(await app.gather()).toMatch(
      /eventcore_observability_errors_total\{component="tracing"\} [1-9]/,
    );
    trace.disable();
    await app.close();
  });

  it('A handler runs in an unsampled trace of its own when roots are not sampled', async () => {
    const sdk = new RecordingSdk(new ParentBasedSampler({ root: new AlwaysOffSampler() }));
    @Injectable()
    class Reader {
      @Command('Read')
      async read() {
        return trace.getSpanContext(context.active());
      }
    }
    const app = await startApplication(Reader);
    const active = await app.handler.read();
    expect(active?.traceFlags).toBe(TraceFlags.NONE);
    expect(active?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(sdk.spans()).toEqual([]);
    await app.close();
    sdk.close();
  });

  it('A handler stays in the unsampled request that called it', async () => {
    const sdk = new RecordingSdk();
    const app = await startApplication(Shop);
    const request = { ...PRODUCER, traceFlags: TraceFlags.NONE };
    const within = trace.setSpanContext(context.active(), request);
    expect(await context.with(within, () => app.handler.place('hat'))).toBe(PRODUCER.spanId);
    expect(sdk.spans()).toEqual([]);
    await app.close();
    sdk.close();
  });

  const parents = [
    ['a sampled parent', { ...PRODUCER, traceFlags: TraceFlags.SAMPLED }],
    ['an unsampled parent', { ...PRODUCER, traceFlags: TraceFlags.NONE }],
    ['an unsampled parent elsewhere', { ...PRODUCER, traceFlags: TraceFlags.NONE, isRemote: true }],
    ['a parent without ids', INVALID_SPAN_CONTEXT],
    [
      'a parent whose ids are cut off',
      { traceId: 'ab', spanId: 'cd', traceFlags: TraceFlags.NONE },
    ],
    ['no parent', undefined],
  ] as const;
  const samplers = {
    AlwaysOn: () => new AlwaysOnSampler(),
    AlwaysOff: () => new AlwaysOffSampler(),
    'ParentBased on': () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    'ParentBased off': () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
    'ParentBased that samples below unsampled parents': () =>
      new ParentBasedSampler({
        root: new AlwaysOffSampler(),
        localParentNotSampled: new AlwaysOnSampler(),
      }),
  };
  it.each(
    Object.entries(samplers).flatMap(([sampler, make]) =>
      parents.map(([what, parent]) => ({ sampler, make, what, parent })),
    ),
  )('The sampler $sampler decides below $what as for a manual span', async ({ make, parent }) => {
    const sdk = new RecordingSdk(make());
    const app = await startApplication(Shop);
    const active = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
    const byHand = sdk.provider.getTracer('by hand').startSpan('by hand', {}, active);
    await context.with(active, () => app.handler.place('hat'));
    expect(sdk.spans()).toHaveLength(byHand.isRecording() ? 1 : 0);
    await app.close();
    sdk.close();
  });

  it('A handler is followed by the SDK that took the place of another', async () => {
    const app = await startApplication(Shop);
    for (const round of [1, 2, 3]) {
      const sdk = new RecordingSdk();
      for (let call = 0; call < round; call++) await app.handler.place('hat');
      sdk.close();
      expect(sdk.spans()).toHaveLength(round);
    }
    await app.close();
  });

  it('A handler is followed by the provider that the registered one hands over to', async () => {
    const app = await startApplication(Shop);
    const sdk = new RecordingSdk();
    await app.handler.place('hat');
    // Not registered itself, for there is one already.
    const other = new RecordingSdk();
    (trace.getTracerProvider() as ProxyTracerProvider).setDelegate(other.provider);
    await app.handler.place('hat');
    expect([sdk.spans().length, other.spans().length]).toEqual([1, 1]);
    sdk.close();
    await app.close();
  });

  it('A handler is observed when no SDK is registered, and followed once there is one', async () => {
    const app = await startApplication(Shop);
    expect(await app.handler.place('hat')).toBe(undefined);
    const sdk = new RecordingSdk();
    await app.handler.place('hat');
    expect(sdk.spans()).toHaveLength(1);
    sdk.close();
    expect(await app.handler.place('hat')).toBe(undefined);
    expect(await app.gather()).toContain('eventcore_commands_total{command_type="PlaceOrder"} 3');
    await app.close();
  });
});
