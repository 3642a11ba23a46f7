// Builds the library and the shop and runs the shop in this very process, so that signals reach it. Run by npm, which
// puts tsc on the path. Its argument is the role: api or projector; without one the process does everything.
import { execSync } from 'node:child_process';

for (const command of ['node scripts/build.mjs', 'tsc -p sample/02-shop']) {
  execSync(command, { stdio: 'inherit' });
}
// npm ends its shell on SIGTERM, and the shell ends without a word to its child: who is left alone ends as well.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, 500).unref();

if (process.argv[2] !== undefined) process.env.SHOP_ROLE = process.argv[2];
await import('../sample/02-shop/dist/main.js');
