// An application that serves heap snapshots, takes one of itself and says what it found.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ObservabilityModule } from '@eventcore/nestjs-observability';
import { profiling } from '@eventcore/nestjs-observability/profiling';

const [port] = process.argv.slice(2).map(Number);
const kept = Array.from(
  { length: 1_000 },
  (_, i) =>
    new (class KeptOrder {
      number = i;
    })(),
);

class AppModule {}
Module({
  imports: [ObservabilityModule.forRoot({ plugins: [profiling({ port, heapSnapshot: true })] })],
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
const answer = await fetch(`http://127.0.0.1:${port}/profiling/heap-snapshot`);
const snapshot = await answer.json();
const again = await fetch(`http://127.0.0.1:${port}/profiling/heap-snapshot`);
const { strings } = snapshot;
console.log(
  JSON.stringify({
    status: answer.status,
    name: answer.headers.get('content-disposition'),
    nodes: snapshot.snapshot.node_count,
    hasOrders: strings.includes('KeptOrder') && kept.length === 1_000,
    again: again.status,
  }),
);
await app.close();
