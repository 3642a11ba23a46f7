import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import { ClientProxy } from '@nestjs/microservices';
import type { Span, Tracer } from '@opentelemetry/api';
import { lastValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { MetricsListener } from '../../../lib/exporters/prometheus/http/metrics-listener.js';
import type { PrometheusExporter } from '../../../lib/exporters/prometheus/prometheus.exporter.js';
import { traceMessages, tracedClient } from '../../../lib/integrations/microservices/index.js';
import { systemTimers } from '../../../lib/kernel/timers.js';
import { traceContext } from '../../../lib/tracing/index.js';
import { Faults } from '../../../lib/tracing/index.js';
import { expectNothingUnhandled, settled } from './hostile-values.js';

/** A tracer whose span processor fails when a span ends. */
const tracer = {
  startSpan: () =>
    ({
      spanContext: () => ({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 }),
      isRecording: () => true,
      updateName: () => undefined,
      setAttribute: () => undefined,
      setAttributes: () => undefined,
      setStatus: () => undefined,
      recordException: () => undefined,
      end: () => {
        throw new Error('onEnd');
      },
    }) as unknown as Span,
} as unknown as Tracer;

class Client extends ClientProxy {
  constructor() {
    super();
    this.initializeSerializer({});
  }

  async connect(): Promise<void> {}
  close(): void {}
  unwrap<T>(): T {
    return undefined as T;
  }
  publish(_packet: unknown, callback: (answer: object) => void): () => void {
    callback({ response: 'answer', isDisposed: true });
    return () => undefined;
  }
  async dispatchEvent<T>(): Promise<T> {
    return 'dispatched' as T;
  }
}

function countedFaults() {
  const faults = new Faults({ monotonicMs: () => 0, wallMs: () => 0 });
  const reported: string[] = [];
  faults.connect({ count: (component) => void reported.push(component), log: () => undefined });
  return { faults, reported };
}

describe('callbacks that throw', () => {
  expectNothingUnhandled();

  it('A timer whose work throws warns and ends no process', async () => {
    const warned = once(process, 'warning') as Promise<[Error]>;
    systemTimers.after(
      0,
      () => {
        throw new TypeError('late');
      },
      { keepsAlive: true },
    );
    const [warning] = await warned;
    expect(warning.message).toBe('a timer failed: TypeError');
  });

  it('A metrics port whose delivery throws ends the connection of the scrape', async () => {
    const delivery = {
      send: () => {
        throw new Error('delivery');
      },
    };
    const exporter = { expose: () => Promise.reject(new Error('expose')), delivery };
    const listener = new MetricsListener(exporter as unknown as PrometheusExporter, {
      port: 0,
      host: '127.0.0.1',
      path: '/metrics',
    });
    await listener.open();
    await expect(
      fetch(`http://127.0.0.1:${listener.port}/metrics`).then((it) => it.text()),
    ).rejects.toThrow();
    await listener.close();
  });

  it('A span of a request that cannot end is a fault and does not reach the response', () => {
    const { faults, reported } = countedFaults();
    const request = { method: 'GET', url: '/', headers: {}, httpVersion: '1.1', socket: {} };
    const response = new EventEmitter() as unknown as ServerResponse;
    traceContext({ tracer, faults })(request as IncomingMessage, response, () => undefined);
    expect(() => response.emit('close')).not.toThrow();
    expect(reported).toEqual(['http_context']);
  });

  it('A span of a sent message that cannot end is a fault and changes no answer', async () => {
    const { faults, reported } = countedFaults();
    const client = tracedClient(new Client(), { tracer, faults });
    expect(await lastValueFrom(client.send('find', {}))).toBe('answer');
    expect(await lastValueFrom(client.emit('found', {}))).toBe('dispatched');
    await settled();
    expect(new Set(reported)).toEqual(new Set(['message_context']));
  });

  it('A span of a handled message that cannot end is a fault and changes no result', async () => {
    const { faults, reported } = countedFaults();
    const execution = {
      getType: () => 'rpc',
      getHandler: () => Client,
      switchToRpc: () => ({ getContext: () => ({}), getData: () => ({}) }),
    };
    const handled = traceMessages({ tracer, faults })(
      execution as unknown as ExecutionContext,
      () => of('result'),
    );
    expect(await lastValueFrom(handled)).toBe('result');
    expect(new Set(reported)).toEqual(new Set(['message_context']));
  });
});
