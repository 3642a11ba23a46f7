import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import {
  type Context,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { afterEach, describe, expect, it } from 'vitest';
import { Command, EventStoreOperation } from '../../../lib/index.js';
import {
  contextOfMessage,
  injectIntoJobData,
  plainMetadata,
  startTelemetry,
  traceContext,
  TraceContextCarrier,
} from '../../../lib/tracing/index.js';
import { RecordingSdk, startApplication } from '../../unit/tracing/span/traced-application.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const carrier = new TraceContextCarrier(plainMetadata);
const written = () => carrier.write<{ traceparent?: string }>(undefined).traceparent;
const headersWith = (flags: string) => ({ traceparent: `00-${TRACE}-00f067aa0ba902b7-${flags}` });

@Injectable()
class Orders {
  @Command()
  async place() {
    await Promise.resolve();
    return this.append();
  }

  @EventStoreOperation('append')
  async append() {
    await Promise.resolve();
    return [written(), injectIntoJobData({})];
  }
}

/** Context of a request as an instrumentation of HTTP makes it: its own span below the extracted parent. */
function serverContext(flags: string, propagator = new W3CTraceContextPropagator()): Context {
  const extracted = propagator.extract(ROOT_CONTEXT, headersWith(flags), defaultTextMapGetter);
  return trace.setSpan(extracted, trace.getTracer('http').startSpan('POST', {}, extracted));
}

/** Context of a span of another instrumentation below a request. */
function innerContext(outer: Context): Context {
  return trace.setSpan(outer, trace.getTracer('router').startSpan('layer', {}, outer));
}

let closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  closing = [];
});

function registerSdk(): void {
  const sdk = new RecordingSdk();
  closing.push(() => sdk.close());
}

describe('the random-trace-id flag of a trace that another instrumentation has continued', () => {
  it.each(['03', '01'])(
    'Metadata written below the span of a request with the flags %s has them',
    (flags) => {
      registerSdk();
      const traceparent = context.with(serverContext(flags), written);
      expect(traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-${flags}$`));
    },
  );

  it.each(['03', '01'])(
    'Events and jobs of a command below the span of a request with the flags %s have them',
    async (flags) => {
      registerSdk();
      const { handler, close } = await startApplication(Orders);
      closing.push(close);
      const [event, job] = await context.with(serverContext(flags), () => handler.place());
      expect(event).toMatch(new RegExp(`-${flags}$`));
      expect(JSON.stringify(job)).toMatch(new RegExp(`${TRACE}-[0-9a-f]{16}-${flags}"`));
    },
  );

  it.each([
    ['03', '03'],
    ['02', '03'],
    ['00', '01'],
  ])(
    '`traceContext()` reads the flags %s of a request whose trace is active, below any number of spans',
    (received, passedOn) => {
      registerSdk();
      const request = { method: 'GET', url: '/', headers: headersWith(received) };
      const active = innerContext(innerContext(serverContext('01')));
      let traceparent: string | undefined;
      context.with(active, () =>
        traceContext()(
          request as unknown as IncomingMessage,
          new EventEmitter() as ServerResponse,
          () => {
            traceparent = context.with(innerContext(context.active()), written);
          },
        ),
      );
      expect(traceparent).toMatch(new RegExp(`-${passedOn}$`));
    },
  );

  it.each(['03', '01'])(
    'With startTelemetry(), the flags %s reach metadata and outgoing headers below any number of spans',
    async (flags) => {
      const telemetry = await startTelemetry({ exporter: { type: 'console' } });
      closing.push(() => telemetry.shutdown());
      const extracted = propagation.extract(ROOT_CONTEXT, headersWith(flags));
      const active = innerContext(innerContext(extracted));
      expect(context.with(active, written)).toMatch(new RegExp(`-${flags}$`));
      const headers: { traceparent?: string } = {};
      propagation.inject(active, headers, defaultTextMapSetter);
      expect(headers.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-${flags}$`));
    },
  );

  it('The flag of a trace is not written for a trace that begins inside of it', () => {
    registerSdk();
    const received = contextOfMessage(carrier.read(headersWith('03')), ROOT_CONTEXT);
    const root = trace.getTracer('test').startSpan('root', { root: true }, received);
    expect(context.with(trace.setSpan(received, root), written)).toMatch(/-01$/);
  });
});
