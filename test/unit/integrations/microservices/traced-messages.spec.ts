import 'reflect-metadata';
import { NotFoundException } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/internal';
import { MessagePattern, RedisContext } from '@nestjs/microservices';
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { lastValueFrom, NEVER, Observable, of, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type MessageTraceOptions,
  TracedMessages,
} from '../../../../lib/integrations/microservices/traced-messages.js';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';
import { recordedFaults } from '../../tracing/context/recorded-faults.js';
import { registerTracing } from '../../tracing/context/registered-tracing.js';

const SENDER = 'b7ad6b7169203331';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const metadata = { traceparent: `00-${TRACE}-${SENDER}-01` };

let tracing: ReturnType<typeof registerTracing>;
beforeEach(() => {
  tracing = registerTracing();
});
afterEach(() => tracing.stop());

class Orders {
  @MessagePattern('orders.*.placed')
  placed(): void {}
  @MessagePattern(['orders.a', 'orders.b'])
  either(): void {}
  @MessagePattern({ cmd: 'place' })
  place(): void {}
  plain(): void {}
}

function execution(channel: string, method: keyof Orders = 'plain', type = 'rpc') {
  const redis = new RedisContext([channel, metadata] as never);
  const host = new ExecutionContextHost([{ id: 1 }, redis], Orders, Orders.prototype[method]);
  host.setType(type);
  return host;
}

function handle<T>(
  proceed: () => Observable<T>,
  {
    host = execution('orders'),
    ...options
  }: MessageTraceOptions & { host?: ExecutionContextHost } = {},
) {
  return new TracedMessages(options).handle(host, proceed);
}

describe('the span of a message', () => {
  it.each([
    ['orders.7.placed', 'placed', 'process orders.*.placed', 'orders.*.placed'],
    ['orders.b', 'either', 'process orders.b', undefined],
    ['{"cmd":"place"}', 'place', 'process {"cmd":"place"}', undefined],
    ['orders.9', 'plain', 'process', undefined],
  ] as const)(
    'The span of a message of %s is named after the pattern of its handler',
    async (channel, method, name, template) => {
      await lastValueFrom(handle(() => of(1), { host: execution(channel, method) }));
      const [span] = tracing.spans();
      expect(span?.name).toBe(name);
      expect(span?.attributes['messaging.destination.name']).toBe(channel);
      expect(span?.attributes['messaging.destination.template']).toBe(template);
    },
  );

  it('The span of a message begins at subscription and ends when the subscriber leaves', () => {
    const handled = handle(() => NEVER);
    expect(tracing.spans()).toEqual([]);
    const subscription = handled.subscribe();
    expect(tracing.spans()).toEqual([]);
    subscription.unsubscribe();
    expect(tracing.spans()).toHaveLength(1);
    expect(tracing.spans()[0]?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('The span of a message is active while the handler is called and subscribed to', async () => {
    const active: (string | undefined)[] = [];
    const look = () => active.push(trace.getSpanContext(context.active())?.spanId);
    const handled = handle(() => {
      look();
      return new Observable<number>((subscriber) => {
        look();
        subscriber.next(1);
        subscriber.complete();
      });
    });
    await lastValueFrom(handled);
    const spanId = tracing.spans()[0]?.spanContext().spanId;
    expect(active).toEqual([spanId, spanId]);
    expect(context.active()).not.toHaveProperty('spanId');
  });

  it.each([new Error('disk on fire'), 'text', null, undefined, { message: 'an RPC error' }])(
    'The span of a message is an error for %s, which the caller gets as it was thrown',
    async (error) => {
      const caught = await lastValueFrom(handle(() => throwError(() => error))).catch((it) => [it]);
      expect(caught).toEqual([error]);
      expect(tracing.spans()[0]?.status.code).toBe(SpanStatusCode.ERROR);
      expect(tracing.spans()[0]?.events).toHaveLength(1);
    },
  );

  it('The span of a message ends when the handler throws before there is anything to subscribe to', async () => {
    const handled = handle((): Observable<never> => {
      throw new Error('at once');
    });
    await expect(lastValueFrom(handled)).rejects.toThrow('at once');
    expect(tracing.spans()[0]?.status).toMatchObject({ code: SpanStatusCode.ERROR });
  });

  it('The span of a message is no error for a rejection', async () => {
    const handled = handle(() => throwError(() => new NotFoundException()));
    await expect(lastValueFrom(handled)).rejects.toThrow(NotFoundException);
    expect(tracing.spans()[0]?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('The span of a message is a child of the span of an instrumentation that continues the same trace', async () => {
    const remote = { traceId: TRACE, spanId: SENDER, traceFlags: 1, isRemote: true };
    const scope = trace.setSpanContext(context.active(), remote);
    const outer = tracing.tracer.startSpan('redis receive', {}, scope);
    await context.with(trace.setSpan(scope, outer), () => lastValueFrom(handle(() => of(1))));
    expect(tracing.spans()[0]?.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
    expect(tracing.spans()[0]?.links).toEqual([]);
  });

  it('The span of a message is linked to a span of another trace that is active, such as that of a poll loop', async () => {
    const loop = tracing.tracer.startSpan('poll');
    const scope = trace.setSpan(context.active(), loop);
    await context.with(scope, () => lastValueFrom(handle(() => of(1))));
    const [span] = tracing.spans();
    expect(span?.parentSpanContext?.spanId).toBe(SENDER);
    expect(span?.links.map((it) => it.context.spanId)).toEqual([loop.spanContext().spanId]);
  });

  it('The span of a message is a root linked to the sender where the application links always', async () => {
    const options = { links: { unknownAge: 'old' }, clock: new ManualClock() } as const;
    await lastValueFrom(handle(() => of(1), options));
    const [span] = tracing.spans();
    expect(span?.parentSpanContext).toBeUndefined();
    expect(span?.links.map((it) => it.context.spanId)).toEqual([SENDER]);
  });
});

describe('a handler', () => {
  it.each(['http', 'ws', 'graphql'])('A handler of %s passes through', async (type) => {
    const answer = of(1);
    expect(handle(() => answer, { host: execution('x', 'plain', type) })).toBe(answer);
    expect(tracing.spans()).toEqual([]);
  });

  it('A handler works on when tracing fails, and the fault is counted', async () => {
    const { faults, counted } = recordedFaults();
    const tracer = {
      startSpan: () => {
        throw new Error('tracer');
      },
    };
    const options = { faults, tracer: tracer as never };
    await expect(lastValueFrom(handle(() => of(1), options))).resolves.toBe(1);
    expect(counted).toEqual(['message_context']);
  });

  it('A handler works without an SDK', async () => {
    await tracing.stop();
    await expect(lastValueFrom(handle(() => of(1)))).resolves.toBe(1);
  });
});
