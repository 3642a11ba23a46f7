// Drills alerts on running applications: `npm run drill`, or `npm run drill -- NAME...` for some of them. Prometheus
// judges the applications, or with `--engine` the alert engine of the library.
import { spawnSync } from 'node:child_process';
import { alertDefinitions } from '../dist/alerting/index.js';

const ENGINE = '--engine';
const wanted = process.argv.slice(2).filter((it) => it !== ENGINE);
const isEngine = process.argv.includes(ENGINE);
const known = alertDefinitions.map(({ name }) => name);
const unknown = wanted.filter((it) => !known.includes(it));
if (unknown.length > 0) {
  console.error(`No such alert: ${unknown.join(', ')}. The alerts are ${known.join(', ')}.`);
  process.exit(2);
}
const spec = ['test/soak/alert-drill.spec.ts', '--project', 'soak'];
const { status } = spawnSync('npx', ['vitest', 'run', ...spec, '--disable-console-intercept'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(wanted.length > 0 && { DRILL_ALERTS: wanted.join(',') }),
    ...(isEngine && { DRILL_ENGINE: '1' }),
  },
});
process.exit(status ?? 1);
