// Records a history in a directory as fast as it can, five seconds a tick. It tells the parent the last tick in a file.
import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { MetricHistory } from '@eventcore/nestjs-observability/query';
import { ManualClock } from '@eventcore/nestjs-observability/testing';

const [directory, startMs, ticks] = process.argv.slice(2);
const clock = new ManualClock(Number(startMs));
const faults = new Set();
const history = new MetricHistory({ storage: { directory } });
const exporter = await history.open({
  application: { labels: {} },
  startedAtMs: clock.wallMs(),
  clock,
  report: (error) => {
    if (!faults.has(error.message)) process.send({ fault: error.message });
    faults.add(error.message);
  },
});
process.send({ opened: true });

const { signal } = new AbortController();
const definition = { name: 'ticks', type: 'gauge', help: 'Ticks.', labels: ['it'] };
const labelSets = Array.from({ length: 200 }, (_, i) => [`${i}`]);
const createdAtMs = new Float64Array(labelSets.length);
const filesOf = (tier) => readdirSync(directory).filter((it) => it.startsWith(tier)).length;
for (let tick = 0; tick < Number(ticks); tick++) {
  // Each value tells its own time.
  const values = new Float64Array(labelSets.length).fill(clock.wallMs() / 1000);
  const blocks = [{ labelSets, createdAtMs, values, stride: 1, bounds: [] }];
  const metrics = [{ definition, blocks }];
  await exporter.export({ takenAtMs: clock.wallMs(), metrics }, signal);
  clock.advance(5_000);
  if (tick % 120 > 0 || faults.size > 0) continue;
  // The clock waits for the disk.
  while (filesOf('full') < tick / 120) await setTimeout(5);
  process.send({ files: filesOf('full'), atMs: clock.wallMs() });
}
await exporter.close();
process.send({ closed: true, atMs: clock.wallMs() }, () => process.exit());
