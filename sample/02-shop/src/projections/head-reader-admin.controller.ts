import { Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { DemoGuard } from '../demo.guard.js';
import { HeadReader } from './head-reader.js';

/** Breaks the observation of projections on purpose, in this process, for somebody to watch. */
@Controller('admin/head-reader')
@UseGuards(DemoGuard)
export class HeadReaderAdminController {
  constructor(private readonly reader: HeadReader) {}

  @Post('kill')
  @HttpCode(204)
  kill(): void {
    this.reader.kill();
  }

  @Post('revive')
  @HttpCode(204)
  revive(): void {
    this.reader.revive();
  }
}
