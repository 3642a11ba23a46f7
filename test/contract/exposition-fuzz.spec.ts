import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toLabelValue } from '../../lib/kernel/label.js';
import { makeRegistry } from '../unit/metrics/registry-of-test.js';
import { fuzzRuns } from './fuzz-runs.js';
import { type OpenMetricsSample, parseOpenMetrics } from './openmetrics-format.js';
import { checkMetrics, promtool } from './promtool.js';
import { apply, registerAll, someChange, someGlobalLabels, someMetric } from './random-registry.js';
import { ServedMetrics, servedText } from './served-metrics.js';
import { parseTextFormat } from './text-format.js';

const FORMATS = [
  ['text 0.0.4', { kind: 'text' }],
  ['OpenMetrics', { kind: 'openmetrics', created: false }],
  ['OpenMetrics with _created', { kind: 'openmetrics', created: true }],
] as const;

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

describe.each(FORMATS)('%s', (_name, format) => {
  it('A registry is served the same from kept text, whatever happened between scrapes and during them', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ metrics, scrapes, global: globalLabels }) => {
        const { registry, clock } = makeRegistry();
        registerAll(registry, metrics);
        const kept = new ServedMetrics(registry, { ...format, globalLabels, clock: busyClock() });
        for (const changes of scrapes) {
          for (const it of changes) apply(registry, it);
          clock.advance(1000);
          const snapshot = registry.snapshot();
          const anew = new ServedMetrics(registry, { ...format, globalLabels });
          const expected = await anew.text(snapshot);
          const serving = kept.text(snapshot);
          await new Promise(setImmediate);
          for (const it of changes.toReversed()) apply(registry, it);
          for (const it of changes) apply(registry, { ...it, act: 'remove' });
          expect(await serving).toBe(expected);
        }
      }),
      { numRuns: fuzzRuns(150) },
    );
  });
});

describe('OpenMetrics', () => {
  it('The OpenMetrics text gives back every value to an independent reader, and what text 0.0.4 has beside exemplars', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ metrics, scrapes, global: globalLabels }) => {
        const { registry } = makeRegistry();
        registerAll(registry, metrics);
        for (const it of scrapes.flat()) apply(registry, it);
        const openMetrics = { kind: 'openmetrics', created: true, globalLabels } as const;
        const families = parseOpenMetrics(await servedText(registry, openMetrics));
        const samples = [...families.values()].flatMap((it) => it.samples);
        const plain = [...parseTextFormat(await servedText(registry, { globalLabels })).values()];
        const isCreated = ({ name }: OpenMetricsSample) =>
          name.endsWith('_created') && registry.get(name) === undefined;
        expect(byKey(samples.filter((it) => !isCreated(it)))).toEqual(
          byKey(plain.flatMap((it) => it.samples)),
        );
      }),
      { numRuns: fuzzRuns(300) },
    );
  });

  it('The OpenMetrics text is no more than its end for an empty registry', async () => {
    const { registry } = makeRegistry();
    expect(await servedText(registry, { kind: 'openmetrics', created: true })).toBe('# EOF\n');
  });
});

describe('random registries', () => {
  // Needs Debian's prometheus. A process for each takes long: many registries are read in one go.
  it.skipIf(promtool === undefined)(
    'Random registries have nothing that promtool cannot read',
    async () => {
      const texts: string[] = [];
      await fc.assert(
        fc.asyncProperty(scenario, async ({ metrics, scrapes, global: globalLabels }) => {
          const { registry } = makeRegistry();
          const prefix = `r${texts.length}_`;
          registerAll(
            registry,
            metrics.map((it) => ({ ...it, name: `${prefix}${it.name}` as typeof it.name })),
          );
          for (const it of scrapes.flat()) apply(registry, it);
          texts.push(await servedText(registry, { globalLabels }));
        }),
        { numRuns: fuzzRuns(200) },
      );
      for (let i = 0; i < texts.length; i += 500) {
        const said = checkMetrics(texts.slice(i, i + 500).join(''));
        // Its linter has opinions about random names; what it cannot read it calls an error.
        expect(said).not.toMatch(/error while linting|text format parsing error/);
      }
    },
  );
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
