import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { EventLog } from './event-log.js';
import { ObservedStore } from './observed-store.js';
import { EventStore } from './event-store.js';

@Module({
  imports: [DatabaseModule],
  providers: [ObservedStore, EventStore, EventLog],
  exports: [DatabaseModule, EventStore, EventLog],
})
export class EventsModule {}
