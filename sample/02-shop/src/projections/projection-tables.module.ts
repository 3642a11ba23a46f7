import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { ProjectionTables } from './projection-tables.js';

@Module({ imports: [DatabaseModule], providers: [ProjectionTables] })
export class ProjectionTablesModule {}
