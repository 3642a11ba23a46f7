import { Module } from '@nestjs/common';
import { ObservabilityModule } from '@eventcore/nestjs-observability';
import { pipelines } from '@eventcore/nestjs-observability/pipelines';
import { Candles } from './candles.js';
import { DemoController } from './demo.controller.js';
import { Faults } from './faults.js';
import { Market } from './market.js';

@Module({
  imports: [ObservabilityModule.forRoot({ serviceName: 'trades', plugins: [pipelines()] })],
  controllers: [DemoController],
  providers: [Market, Faults, Candles],
})
export class AppModule {}
