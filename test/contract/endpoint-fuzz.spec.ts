import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { PrometheusExporter } from '../../lib/exporters/prometheus/index.js';
import {
  type PromClientRegistry,
  PromClientSource,
} from '../../lib/exporters/prometheus/prom-client/prom-client-registry.js';
import { toLabelValue } from '../../lib/kernel/label.js';
import { makeRegistry } from '../unit/metrics/registry-of-test.js';
import { fuzzRuns } from './fuzz-runs.js';
import { parseOpenMetrics } from './openmetrics-format.js';
import { checkMetrics, promtool } from './promtool.js';
import { foreignRegistry, someForeignMetric } from './random-prom-client.js';
import { apply, registerAll, someChange, someGlobalLabels, someMetric } from './random-registry.js';
import { parseTextFormat } from './text-format.js';

const scenario = fc.record({
  metrics: fc.array(someMetric, { maxLength: 5 }),
  foreign: fc.array(someForeignMetric, { maxLength: 4 }),
  scrapes: fc.array(fc.array(someChange, { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
  created: fc.boolean(),
  global: someGlobalLabels.map((labels) =>
    Object.fromEntries(Object.entries(labels).map(([name, it]) => [name, toLabelValue(it)])),
  ),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;
type Registered = ReturnType<typeof makeRegistry>;

/** Every look at the clock is a millisecond later: the event loop is given up again and again. */
function busyClock() {
  let nowMs = 0;
  return { monotonicMs: () => nowMs++, wallMs: () => 0 };
}

function exporterOf(
  { registry, faults }: Registered,
  client: Registry,
  { global, created }: Scenario,
): PrometheusExporter {
  const self = { expectExports: () => undefined, exported: () => undefined };
  const exporter = new PrometheusExporter({
    registry,
    self: self as never,
    clock: busyClock(),
    faults,
    globalLabels: global,
  });
  exporter.configure({ exemplars: true, created });
  exporter.include(new PromClientSource([client as unknown as PromClientRegistry]));
  return exporter;
}

/** The answers to the scrapes of a scenario, one after the other, each compared with that of an exporter that knows nothing yet. */
async function answersOf(
  it: Scenario,
  prefix = '',
): Promise<{ text: string; openmetrics: string }> {
  const registered = makeRegistry();
  const { registry, clock } = registered;
  registerAll(
    registry,
    it.metrics.map((one) => ({ ...one, name: `${prefix}${one.name}` as typeof one.name })),
  );
  const client = foreignRegistry(it.foreign, prefix);
  const exporter = exporterOf(registered, client, it);
  const last = { text: '', openmetrics: '' };
  for (const changes of it.scrapes) {
    for (const change of changes) apply(registry, change);
    clock.advance(1000);
    for (const kind of ['text', 'openmetrics'] as const) {
      last[kind] = (await exporter.expose(kind)).text();
      const fresh = await exporterOf(registered, client, it).expose(kind);
      expect(last[kind]).toBe(fresh.text());
    }
  }
  return last;
}

describe('the endpoint of a random application with metrics of prom-client', () => {
  it('The endpoint of a random application with prom-client metrics has nothing that an independent reader refuses, and tells no more than it would at first sight', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (it) => {
        const { text, openmetrics } = await answersOf(it);
        expect(() => parseTextFormat(text)).not.toThrow();
        expect(() => parseOpenMetrics(openmetrics)).not.toThrow();
      }),
      { numRuns: fuzzRuns(200) },
    );
  });

  // Needs Debian's prometheus. A process for each takes long: many are read in one go.
  it.skipIf(promtool === undefined)(
    'The endpoint of a random application with prom-client metrics has nothing that promtool cannot read, in either format',
    async () => {
      const batch = { texts: [] as string[], openmetrics: [] as string[] };
      let count = 0;
      const read = () => {
        // Its linter has opinions about random names; what it cannot read it calls an error.
        expect(checkMetrics(batch.texts.splice(0).join(''))).not.toMatch(
          /error while linting|text format parsing error/,
        );
        expect(refusedOpenMetrics(batch.openmetrics.splice(0).join(''))).toBe('');
      };
      await fc.assert(
        fc.asyncProperty(scenario, async (it) => {
          const { text, openmetrics } = await answersOf(it, `r${count++}_`);
          batch.texts.push(text);
          batch.openmetrics.push(openmetrics.replace(/# EOF\n$/, ''));
          if (batch.texts.length >= 200) read();
        }),
        // A batch is refused as one: there is nothing to shrink.
        { numRuns: fuzzRuns(100), endOnFailure: true },
      );
      read();
    },
  );
});

const SAMPLE = /^[a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\]|\\.)*",?)*\})? \S+/gmu;

/** What promtool says when it imports samples in OpenMetrics, which must have times for that; empty when it can. */
function refusedOpenMetrics(text: string): string {
  if (text === '') return '';
  const folder = mkdtempSync(join(tmpdir(), 'openmetrics-'));
  try {
    const file = join(folder, 'samples');
    writeFileSync(file, `${text.replace(SAMPLE, '$& 1700000000')}# EOF\n`);
    const command = ['tsdb', 'create-blocks-from', 'openmetrics', '-q', file, join(folder, 'data')];
    const { status, stderr } = spawnSync(promtool as string, command, { encoding: 'utf8' });
    return status === 0 ? '' : stderr || `exit code ${status}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
