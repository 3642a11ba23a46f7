import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import * as v from 'valibot';
import { DemoGuard } from '../demo.guard.js';
import { FaultInjection, type Faults } from './fault-injection.js';

const FaultsBody = v.object({
  rate: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0),
  delayMs: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(60_000)), 0),
});

/** Changes the faults of commands in this process. */
@Controller('admin/faults')
@UseGuards(DemoGuard)
export class FaultsAdminController {
  constructor(private readonly faults: FaultInjection) {}

  @Post()
  @HttpCode(204)
  change(@Body({ schema: FaultsBody }) faults: Faults): void {
    this.faults.change(faults);
  }
}
