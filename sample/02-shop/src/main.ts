import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Database } from './database/database.js';
import { ShopModule } from './shop.module.js';
import { ShopSettings } from './shop.settings.js';
import { TrafficGenerator } from './traffic/traffic-generator.js';

const app = await NestFactory.create(ShopModule, {
  logger: ['warn', 'error', 'fatal'],
  return503OnClosing: true,
});
app.enableShutdownHooks();

const settings = app.get(ShopSettings);
await app.listen(settings.port);
const address = new URL(await app.getUrl());
address.hostname = 'localhost';
const url = address.origin;
app.get(TrafficGenerator).start(url);

console.log(`The shop is open.

  shop      ${url}
  metrics   ${url}/metrics
  health    ${url}/health
  database  ${app.get(Database).isEmbedded ? 'embedded PGlite, in memory' : 'DATABASE_URL'}
  traffic   ${settings.commandsPerSecond} commands per second

  curl -X POST ${url}/orders -H 'content-type: application/json' -d '{"sku":"espresso-beans","quantity":2}'
`);
