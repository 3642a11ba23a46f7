import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { ProjectionsModule } from '../projections/projections.module.js';
import { Inventory } from './inventory.js';
import { Warehouse } from './warehouse.js';

@Module({
  imports: [EventsModule, ProjectionsModule],
  providers: [Inventory, Warehouse],
  exports: [Inventory],
})
export class InventoryModule {}
