// The overhead of observability, in one run. Prints medians; `--json FILE` writes them with the ratios, `--only a,b` runs
// some of the sections, `--smoke` runs everything so briefly that the numbers mean nothing.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { RATIOS, sections } from './sections.mjs';

const { values: args } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string', default: Object.keys(sections).join() },
    smoke: { type: 'boolean', default: false },
  },
});

async function runSection(name, options) {
  const process = fork(new URL('./section-process.mjs', import.meta.url), {
    execArgv: ['--expose-gc'],
  });
  process.send({ name, options });
  const exited = once(process, 'exit');
  const [found] = await Promise.race([once(process, 'message'), exited]);
  if (typeof found !== 'object' || found === null) throw new Error(`${name} has failed`);
  await exited;
  return found;
}

function report(name, { cases, ratios }, seconds) {
  console.log(`\n${name} (${seconds.toFixed(0)} s)`);
  console.table(
    Object.entries(cases).map(
      ([name, { medianNs, p25Ns, p75Ns, bytesPerOp, addedNs, ...others }]) => ({
        case: name,
        'median ns': Math.round(medianNs),
        'p25–p75 ns': `${Math.round(p25Ns)}–${Math.round(p75Ns)}`,
        'added ns': addedNs === undefined ? '' : Math.round(addedNs),
        'bytes per op': Math.round(bytesPerOp),
        ...Object.fromEntries(
          Object.entries(others).map(([key, it]) => [key, Number(it.toPrecision(4))]),
        ),
      }),
    ),
  );
  for (const [key, value] of Object.entries(ratios)) console.log(`${key}: ${value.toFixed(4)}`);
}

function split(ratios) {
  const stand = RATIOS.filter((key) => key in ratios);
  const others = Object.keys(ratios).filter((key) => !RATIOS.includes(key));
  const pick = (keys) => Object.fromEntries(keys.map((key) => [key, ratios[key]]));
  return { ratios: pick(stand), otherRatios: pick(others) };
}

const require = createRequire(import.meta.url);
const versionOf = (name) => require(`${name}/package.json`).version;

const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  platform: process.platform,
  loadBefore: loadavg()[0],
};
const versions = {
  node: process.version,
  library: versionOf('@eventcore/nestjs-observability'),
  ...Object.fromEntries(
    ['@nestjs/core', 'express', 'fastify', 'prom-client', 'nestjs-otel']
      .concat(['@opentelemetry/sdk-metrics', '@opentelemetry/sdk-trace-base'])
      .map((name) => [name, versionOf(name)]),
  ),
};
const cases = {};
const allRatios = {};
for (const name of args.only.split(',')) {
  const startedMs = performance.now();
  const found = await runSection(name, { smoke: args.smoke });
  report(name, found, (performance.now() - startedMs) / 1000);
  Object.assign(cases, found.cases);
  Object.assign(allRatios, found.ratios);
  // After each of them, so that a run that is broken off leaves what it has found.
  if (args.json === undefined) continue;
  const result = { machine, versions, cases, ...split(allRatios) };
  writeFileSync(args.json, `${JSON.stringify(result, null, 2)}\n`);
}
