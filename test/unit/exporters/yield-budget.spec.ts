import { Counter, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { PrometheusExporter } from '../../../lib/exporters/prometheus/index.js';
import {
  type PromClientRegistry,
  PromClientSource,
} from '../../../lib/exporters/prometheus/prom-client/prom-client-registry.js';
import { makeRegistry } from '../metrics/registry-of-test.js';

const SERIES = 100_000;
const TURN_MS = 2;
// What is written between two looks at the clock: a fraction of a millisecond.
const LINES = 512;

/** A clock on which so much time passes between two looks. */
class SteppingClock {
  looks = 0;
  readonly #stepMs: number;

  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  monotonicMs(): number {
    this.looks += 1;
    return this.looks * this.#stepMs;
  }

  wallMs(): number {
    return 0;
  }
}

function exporterWith(clock: SteppingClock) {
  const { registry, faults } = makeRegistry(SERIES);
  const self = { expectExports: () => undefined, exported: () => undefined };
  const source = { registry, faults, clock, globalLabels: {}, self: self as never };
  return { registry, exporter: new PrometheusExporter(source) };
}

/** How many turns others had while it lasted. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  const state = { isOver: false };
  void work.finally(() => (state.isOver = true));
  let turns = 0;
  for (; !state.isOver; turns++) await new Promise((resolve) => setImmediate(resolve));
  return turns;
}

describe.each(['first', 'unchanged', 'changed', 'removed'] as const)('a %s rendering', (which) => {
  it('A rendering of 100,000 series looks at the clock every few lines, and gives way as often as its turn is over', async () => {
    const clock = new SteppingClock(TURN_MS / 4);
    const { registry, exporter } = exporterWith(clock);
    const counter = registry.counter({ name: 'a_total', help: 'A.', labels: ['id'] });
    const series = Array.from({ length: SERIES }, (_, id) => counter.labels({ id }));
    let left = SERIES;
    if (which !== 'first') await exporter.expose('text');
    if (which === 'changed') for (const it of series) it.inc(1e9);
    if (which === 'removed') for (let id = 0; id < SERIES; id += 2, left--) counter.remove({ id });
    clock.looks = 0;
    const turns = await turnsDuring(exporter.expose('text'));
    expect(clock.looks).toBeGreaterThan(left / LINES);
    expect(turns).toBeGreaterThan(clock.looks / 6);
    expect((await exporter.render()).match(/^a_total/gm)).toHaveLength(left);
  });
});

describe('a rendering of one metric of prom-client with many series', () => {
  it('A rendering of one metric of prom-client with many series gives way too', async () => {
    const clock = new SteppingClock(TURN_MS);
    const { exporter } = exporterWith(clock);
    const client = new Registry();
    const counter = new Counter({
      ...{ name: 'own_total', help: 'Own.', labelNames: ['id'], registers: [client] },
    });
    for (let id = 0; id < 20_000; id++) counter.inc({ id });
    exporter.include(new PromClientSource([client as unknown as PromClientRegistry]));
    expect(await turnsDuring(exporter.expose('text'))).toBeGreaterThan(20_000 / LINES);
    expect((await exporter.render()).match(/^own_total\{/gm)).toHaveLength(20_000);
  });
});

describe('a rendering in no time', () => {
  it('A rendering in no time keeps its turn', async () => {
    const { registry, exporter } = exporterWith(new SteppingClock(0));
    const counter = registry.counter({ name: 'a_total', help: 'A.', labels: ['id'] });
    for (let id = 0; id < SERIES; id++) counter.labels({ id });
    expect(await turnsDuring(exporter.expose('text'))).toBeLessThan(5);
  });
});
