import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { startTelemetry } from '@eventcore/nestjs-observability/tracing';

async function main() {
  const endpoint = process.env['COLLECTOR'] ?? '';
  await startTelemetry({ serviceName: 'compat', exporter: { type: 'otlp', endpoint } });
  const { AppModule } = await import('./app.module.js');
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  app.enableShutdownHooks();
  await app.listen(process.env['PORT'] ?? 0);
  console.log(`listening on ${await app.getUrl()}`);
}

void main();
