// Builds the library and the shop and runs the shop in this very process, so that signals reach it.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

const tsc = createRequire(import.meta.url).resolve('@typescript/native/bin/tsc');
for (const project of ['tsconfig.build.json', 'sample/02-shop']) {
  execFileSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' });
}
process.env.TRAFFIC ??= '20';
await import('../sample/02-shop/dist/main.js');
