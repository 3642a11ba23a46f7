import { describe, expect, it } from 'vitest';
import { runNode } from '../telemetry/node-process.js';

/** An application whose exporter has an export under way to a server that accepts and never answers. */
const script = (exporter: string, ending: string) => `
import 'reflect-metadata';
import { createServer } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ObservabilityModule } from '@eventcore/nestjs-observability';
import { otlp } from '@eventcore/nestjs-observability/otlp';
import { statsd } from '@eventcore/nestjs-observability/statsd';

let connected;
const connection = new Promise((resolve) => (connected = resolve));
const server = createServer((socket) => {
  socket.unref().on('error', () => undefined).resume();
  connected();
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
server.unref();
const endpoint = 'http://127.0.0.1:' + server.address().port;
const never = { name: 'own', open: () => ({
  intervalMs: 20,
  timeoutMs: 60_000,
  export: () => (connected(), new Promise(() => undefined)),
  close: () => new Promise(() => undefined),
}) };
class App {}
Module({ imports: [ObservabilityModule.forRoot({ exporters: [${exporter}] })] })(App);
const keepAlive = setInterval(() => undefined, 1_000);
const app = await NestFactory.createApplicationContext(App, { logger: false });
await Promise.race([connection, new Promise((resolve) => setTimeout(resolve, 5_000))]);
const startedMs = performance.now();
${ending}
clearInterval(keepAlive);
console.log(Math.round(performance.now() - startedMs));
`;

const timing = 'intervalMs: 20, timeoutMs: 60_000';

describe('a process whose target hangs', () => {
  // Each waits for its limits: at the same time, that is one wait.
  it.concurrent.each([
    ['OTLP as protobuf', `otlp({ endpoint, ${timing} })`],
    ['OTLP as JSON', `otlp({ endpoint, protocol: 'http/json', ${timing} })`],
    // gRPC offers no way to end a call before its deadline.
    ['OTLP over gRPC', `otlp({ endpoint, protocol: 'grpc', intervalMs: 20, timeoutMs: 1_000 })`],
    ['StatsD', `statsd({ send: () => (connected(), new Promise(() => undefined)), ${timing} })`],
    ['an exporter of its own that never settles', 'never'],
  ])(
    'A process whose target hangs ends by itself once the application is closed: %s',
    async (_what, exporter) => {
      const { code, stdout, stderr } = await runNode({
        script: script(exporter, 'await app.close();'),
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(Number(stdout)).toBeLessThan(6_500);
    },
  );
});

describe('a process without anything else to do', () => {
  it('A process without anything else to do is kept alive by no exporter that waits for its interval', async () => {
    const idle = 'intervalMs: 3_600_000';
    const exporters = `otlp({ endpoint, ${idle} }), otlp({ endpoint, protocol: 'grpc', ${idle} }), statsd({ ${idle} })`;
    const { code, stderr, tookMs } = await runNode({
      script: script(exporters, '').replace(
        'setTimeout(resolve, 5_000)',
        'setTimeout(resolve, 50)',
      ),
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(tookMs).toBeLessThan(12_000);
  });
});
