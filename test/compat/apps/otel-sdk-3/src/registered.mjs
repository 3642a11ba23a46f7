import { runShop } from './shop.mjs';

process.stdout.write(JSON.stringify(await runShop()));
