import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { Checkpoints } from './checkpoints.js';
import { ProjectionTables } from './projection-tables.js';

@Module({
  imports: [DatabaseModule],
  providers: [ProjectionTables, Checkpoints],
  exports: [Checkpoints],
})
export class ProjectionTablesModule {}
