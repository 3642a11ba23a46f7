import { Controller, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { Faults } from './faults.js';
import { Market } from './market.js';

/** Faults and bursts on demand. */
@Controller('demo')
export class DemoController {
  constructor(
    @Inject(Faults) private readonly faults: Faults,
    @Inject(Market) private readonly market: Market,
  ) {}

  @Post('slow-sink')
  @HttpCode(204)
  slowSink(@Query('ms') ms = '1500'): void {
    this.faults.slowSink(Number(ms));
  }

  @Post('stall')
  @HttpCode(204)
  stall(): void {
    this.faults.stall();
  }

  @Post('burst')
  @HttpCode(204)
  burst(@Query('trades') trades = '5000'): void {
    this.market.burst(Number(trades));
  }

  @Post('recover')
  @HttpCode(204)
  recover(): void {
    this.faults.recover();
  }
}
