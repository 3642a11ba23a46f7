import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { YieldBudget } from '../../lib/exporters/prometheus/cache/yield-budget.js';
import type { ExpositionFormat } from '../../lib/exporters/prometheus/format/exposition-format.js';
import { ExpositionCache } from '../../lib/exporters/prometheus/cache/exposition-cache.js';
import { openMetricsText } from '../../lib/exporters/prometheus/format/openmetrics-text.format.js';
import { ChunkedBody } from '../../lib/exporters/prometheus/cache/chunked-body.js';
import {
  formatSnapshot,
  prometheusText,
} from '../../lib/exporters/prometheus/format/prometheus-text.format.js';
import { toLabelValue } from '../../lib/kernel/label.js';
import { exposedNames } from '../../lib/metrics/definition/metric-definition.js';
import type { RegistrySnapshot } from '../../lib/metrics/snapshot/snapshot.js';
import { makeRegistry } from '../unit/metrics/registry-of-test.js';
import { fuzzRuns } from './fuzz-runs.js';
import { type OpenMetricsSample, parseOpenMetrics } from './openmetrics-format.js';
import { checkMetrics, promtool } from './promtool.js';
import { apply, registerAll, someChange, someGlobalLabels, someMetric } from './random-registry.js';
import { parseTextFormat } from './text-format.js';

const FORMATS: readonly (readonly [string, ExpositionFormat])[] = [
  ['text 0.0.4', prometheusText],
  ['OpenMetrics', openMetricsText({ exemplars: true, created: false })],
  ['OpenMetrics with _created', openMetricsText({ exemplars: true, created: true })],
];

const scenario = fc.record({
  metrics: fc.array(someMetric, { maxLength: 5 }),
  scrapes: fc.array(fc.array(someChange, { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
  global: someGlobalLabels.map((labels) =>
    Object.fromEntries(Object.entries(labels).map(([name, it]) => [name, toLabelValue(it)])),
  ),
});

/** Every look at the clock is a millisecond later: the event loop is given up again and again. */
function busyClock() {
  let nowMs = 0;
  return { monotonicMs: () => nowMs++, wallMs: () => 0 };
}

async function keptText(
  kept: ExpositionCache,
  snapshot: RegistrySnapshot,
  whileYielding: () => void,
): Promise<string> {
  const names = new Set(snapshot.metrics.flatMap((it) => exposedNames(it.definition)));
  const pieces = new ChunkedBody();
  const share = new YieldBudget(busyClock());
  const writing = kept.write(snapshot, { pieces, share, isTaken: (name) => names.has(name) });
  whileYielding();
  await writing;
  return Buffer.concat(pieces.finish()).toString();
}

describe.each(FORMATS)('%s', (_name, format) => {
  it('reads the same from kept text, whatever happened between scrapes and during them', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ metrics, scrapes, global }) => {
        const { registry, clock } = makeRegistry();
        registerAll(registry, metrics);
        const kept = new ExpositionCache(format, global);
        for (const changes of scrapes) {
          for (const it of changes) apply(registry, it);
          clock.advance(1000);
          const snapshot = registry.snapshot();
          const expected = formatSnapshot(snapshot, global, format);
          const text = await keptText(kept, snapshot, () => {
            for (const it of changes.toReversed()) apply(registry, it);
            for (const it of changes) apply(registry, { ...it, act: 'remove' });
          });
          expect(text + format.end).toBe(expected);
        }
      }),
      { numRuns: fuzzRuns(150) },
    );
  });
});

describe('OpenMetrics', () => {
  it('gives back every value to an independent reader, and what text 0.0.4 has beside exemplars', () => {
    const format = openMetricsText({ exemplars: true, created: true });
    fc.assert(
      fc.property(scenario, ({ metrics, scrapes, global }) => {
        const { registry } = makeRegistry();
        registerAll(registry, metrics);
        for (const it of scrapes.flat()) apply(registry, it);
        const snapshot = registry.snapshot();
        const families = parseOpenMetrics(formatSnapshot(snapshot, global, format));
        const samples = [...families.values()].flatMap((it) => it.samples);
        const plain = [...parseTextFormat(formatSnapshot(snapshot, global)).values()];
        const isCreated = ({ name }: OpenMetricsSample) =>
          name.endsWith('_created') && registry.get(name) === undefined;
        expect(byKey(samples.filter((it) => !isCreated(it)))).toEqual(
          byKey(plain.flatMap((it) => it.samples)),
        );
      }),
      { numRuns: fuzzRuns(300) },
    );
  });

  it('is no more than its end for an empty registry', () => {
    const format = openMetricsText({ exemplars: true, created: true });
    const { registry } = makeRegistry();
    expect(formatSnapshot(registry.snapshot(), {}, format)).toBe('# EOF\n');
  });
});

describe('random registries', () => {
  // Needs Debian's prometheus. A process for each takes long: many registries are read in one go.
  it.skipIf(promtool === undefined)('have nothing that promtool cannot read', () => {
    const texts: string[] = [];
    fc.assert(
      fc.property(scenario, ({ metrics, scrapes, global }) => {
        const { registry } = makeRegistry();
        const prefix = `r${texts.length}_`;
        registerAll(
          registry,
          metrics.map((it) => ({ ...it, name: `${prefix}${it.name}` as typeof it.name })),
        );
        for (const it of scrapes.flat()) apply(registry, it);
        texts.push(formatSnapshot(registry.snapshot(), global));
      }),
      { numRuns: fuzzRuns(200) },
    );
    for (let i = 0; i < texts.length; i += 500) {
      const said = checkMetrics(texts.slice(i, i + 500).join(''));
      // Its linter has opinions about random names; what it cannot read it calls an error.
      expect(said).not.toMatch(/error while linting|text format parsing error/);
    }
  });
});

/** Bounds are numbers, however they are written. */
function byKey(samples: readonly Pick<OpenMetricsSample, 'name' | 'labels' | 'value'>[]) {
  const entries = samples.map(({ name, labels, value }) => {
    const { le, ...rest } = labels;
    const number = Number(le?.replace('+Inf', 'Infinity'));
    const bound = le === undefined ? [] : [['le', Number.isNaN(number) ? le : number]];
    return [JSON.stringify([name, Object.entries(rest).toSorted(), String(bound)]), value];
  });
  return Object.fromEntries(entries) as Record<string, number>;
}
