import { Module } from '@nestjs/common';
import { mailModule } from '../mail/mail.module.js';
import { InventoryModule } from '../inventory/inventory.module.js';
import { EventsModule } from '../events/events.module.js';
import { ReportsModule } from '../reports/reports.module.js';
import { FaultInjection } from './fault-injection.js';
import { FaultsAdminController } from './faults-admin.controller.js';
import { OrderCommandHandlers } from './order-command-handlers.js';
import { OrderMails } from './order-mails.js';
import { OrderStreams } from './order-streams.js';
import { OrdersController } from './orders.controller.js';

@Module({
  imports: [EventsModule, InventoryModule, ReportsModule, mailModule(process.env['REDIS_URL'])],
  controllers: [OrdersController, FaultsAdminController],
  providers: [OrderCommandHandlers, OrderMails, OrderStreams, FaultInjection],
})
export class OrdersModule {}
