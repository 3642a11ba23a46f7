import { Module } from '@nestjs/common';
import { ShopSettings } from '../shop.settings.js';
import { Database } from './database.js';

@Module({
  providers: [
    { provide: ShopSettings, useFactory: () => ShopSettings.fromEnvironment(process.env) },
    { provide: Database, inject: [ShopSettings], useFactory: Database.connect },
  ],
  exports: [Database, ShopSettings],
})
export class DatabaseModule {}
