import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { context, propagation, trace } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator } from '@opentelemetry/core';
import { afterEach, describe, expect, it } from 'vitest';
import { plainMetadata, traceContext, TraceContextCarrier } from '../../../lib/tracing/index.js';
import { B3 } from '../../unit/tracing/context/b3-propagator.js';
import { registerTracing } from '../../unit/tracing/context/registered-tracing.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const B3_HEADER = `${traceId}-b7ad6b7169203331-1`;
const carrier = new TraceContextCarrier(plainMetadata);

@Controller()
class Orders {
  @Get()
  async find() {
    await Promise.resolve();
    const tenant = propagation.getBaggage(context.active())?.getEntry('tenant')?.value;
    const current = trace.getActiveSpan()?.spanContext();
    return { tenant, traceId: current?.traceId, event: carrier.write({ type: 'Found' }) };
  }
}

@Module({ controllers: [Orders] })
class AppModule {}

const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

async function answerTo(headers: Record<string, string>, trustIncoming = true) {
  const tracing = registerTracing();
  propagation.disable();
  const propagators = [new B3(), new W3CBaggagePropagator()];
  propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
  const app = await NestFactory.create(AppModule, { logger: false });
  app.use(traceContext({ trustIncoming }));
  await app.listen(0, '127.0.0.1');
  running.push(app, { close: () => tracing.stop() });
  return (await (await fetch(await app.getUrl(), { headers })).json()) as Record<string, any>;
}

describe('the registered propagator over HTTP', () => {
  it('B3 and baggage of a caller reach the handler and the metadata of its events', async () => {
    const answer = await answerTo({ b3: B3_HEADER, baggage: 'tenant=a' });
    expect(answer).toMatchObject({ tenant: 'a', traceId });
    expect(answer['event']).toMatchObject({ type: 'Found', baggage: 'tenant=a' });
    expect(answer['event'].b3).toMatch(new RegExp(`^${traceId}-[0-9a-f]{16}-1$`));
    expect(answer['event']).not.toHaveProperty('traceparent');
  });

  it('Baggage of an untrusted caller does not reach the handler', async () => {
    const answer = await answerTo({ b3: B3_HEADER, baggage: 'tenant=a' }, false);
    expect(answer['tenant']).toBeUndefined();
    expect(answer['traceId']).not.toBe(traceId);
  });
});
