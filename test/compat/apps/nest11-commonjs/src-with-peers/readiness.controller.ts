import { Controller, Get } from '@nestjs/common';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';

/** What an application that had Terminus and prom-client before may look like. */
@Controller('own-readiness')
export class ReadinessController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    @InjectMetric('shop_probes_total') private readonly probes: Counter,
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    this.probes.inc();
    return this.health.check([() => this.indicators.check('own').up()]);
  }
}
