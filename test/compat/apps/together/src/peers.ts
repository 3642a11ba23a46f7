// Three libraries of metrics and an own health controller, in the order of imports that the environment names.
import { Controller, type DynamicModule, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { InjectMetric, makeCounterProvider, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { MetricService, OpenTelemetryModule } from 'nestjs-otel';
import type { Counter } from 'prom-client';
import type { Trial } from './main.js';
import { LOAD, shop } from './shop.js';

@Controller()
class ProbesController {
  constructor(
    @InjectMetric('shop_probes_total') private readonly probes: Counter,
    private readonly metrics: MetricService,
    private readonly health: HealthCheckService,
  ) {}

  @Get('health')
  @HealthCheck()
  check() {
    this.probes.inc();
    this.metrics.getCounter('shop.baskets', { description: 'Baskets.' }).add(2);
    return this.health.check([() => ({ database: { status: 'down' as const } })]);
  }
}

@Module({
  imports: [TerminusModule],
  controllers: [ProbesController],
  providers: [makeCounterProvider({ name: 'shop_probes_total', help: 'Probes.' })],
})
class ProbesModule {}

const modules = (observability: DynamicModule[]) => ({
  prometheus: [PrometheusModule.register({ defaultMetrics: { enabled: false } })],
  otel: [OpenTelemetryModule.forRoot()],
  probes: [ProbesModule],
  observability,
});
type Part = keyof ReturnType<typeof modules>;

const order = (process.env['ORDER'] ?? 'prometheus otel probes observability').split(' ') as Part[];
const { otelMetrics } = await import('@eventcore/nestjs-observability/otel-metrics');

export const trial: Trial = {
  requests: [...LOAD, 'GET /health'],
  options: () => ({ plugins: [otelMetrics()] }),
  create: (observability: DynamicModule[]) => {
    @Module({ ...shop, imports: order.flatMap((it) => modules(observability)[it]) })
    class AppModule {}
    return NestFactory.create(AppModule, { logger: ['fatal'] });
  },
};
