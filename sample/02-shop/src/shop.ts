import { traceContext } from '@eventcore/nestjs-observability/tracing';
import type { LivePage } from '@eventcore/nestjs-observability/live';
import { NestFactory } from '@nestjs/core';
import { Database } from './database/database.js';
import { SHOP_PAGE, ShopModule } from './shop.module.js';
import { ShopSettings } from './shop.settings.js';
import { TrafficGenerator } from './traffic/traffic-generator.js';

const { role, port, commandsPerSecond } = ShopSettings.fromEnvironment(process.env);
const app = await NestFactory.create(ShopModule.forRole(role), {
  logger: ['warn', 'error', 'fatal'],
  return503OnClosing: true,
});
app.enableShutdownHooks();
app.use(traceContext());

await app.listen(port);
const address = new URL(await app.getUrl());
address.hostname = 'localhost';
const url = address.origin;
if (role !== 'projector') app.get(TrafficGenerator).start(url);

// Plugins decide whether there is a page; its link opens it once.
const page = app.get<LivePage | null>(SHOP_PAGE)?.link(url);
const takesOrders = `  traffic   ${commandsPerSecond} commands per second

  curl -X POST ${url}/orders -H 'content-type: application/json' -d '{"sku":"espresso-beans","quantity":2}'
`;
console.log(`The shop is open.

  shop      ${url} (${role})
  metrics   ${url}/metrics
  health    ${url}/health
  database  ${app.get(Database).isEmbedded ? 'embedded PGlite, in memory' : 'DATABASE_URL'}
${role === 'projector' ? '' : takesOrders}${page === undefined ? '' : `\n  Open ${page}\n`}`);
