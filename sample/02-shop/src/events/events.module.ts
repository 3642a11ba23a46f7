import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { EventLog } from './event-log.js';
import { EventStore } from './event-store.js';

@Module({
  imports: [DatabaseModule],
  providers: [EventStore, EventLog],
  exports: [DatabaseModule, EventStore, EventLog],
})
export class EventsModule {}
