import { Module } from '@nestjs/common';
import { ShopSettings } from '../shop.settings.js';
import { Database } from './database.js';

@Module({
  providers: [
    { provide: ShopSettings, useFactory: () => ShopSettings.fromEnvironment(process.env) },
    // A provider like any other; as it is a pool, /metrics has its numbers under this name.
    { provide: 'shop', inject: [Database], useFactory: ({ pool }: Database) => pool },
    { provide: Database, inject: [ShopSettings], useFactory: Database.connect },
  ],
  exports: [Database, ShopSettings],
})
export class DatabaseModule {}
