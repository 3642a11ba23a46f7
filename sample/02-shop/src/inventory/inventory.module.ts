import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { ProjectionTablesModule } from '../projections/projection-tables.module.js';
import { Inventory } from './inventory.js';
import { Warehouse } from './warehouse.js';

@Module({
  imports: [EventsModule, ProjectionTablesModule],
  providers: [Inventory, Warehouse],
  exports: [Inventory],
})
export class InventoryModule {}
