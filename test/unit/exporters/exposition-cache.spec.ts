import { describe, expect, it } from 'vitest';
import { BlockCache } from '../../../lib/exporters/prometheus/cache/block-cache.js';
import { prometheusText } from '../../../lib/exporters/prometheus/format/prometheus-text.format.js';
import { formatLabelNames } from '../../../lib/exporters/prometheus/format/sample.format.js';
import { ScratchBuffers } from '../../../lib/exporters/prometheus/cache/chunk-cache.js';
import { makeRegistry } from '../metrics/registry-of-test.js';

const NAMES = ['id'];

function keptGauge() {
  const { registry } = makeRegistry(100_000);
  const gauge = registry.gauge({ name: 'x', help: 'X.', labels: NAMES });
  const kept = new BlockCache({
    names: [{ name: 'x', label: '' }],
    labelsOf: formatLabelNames(NAMES, {}),
    hasExemplars: prometheusText.hasExemplars,
    workspace: new ScratchBuffers(),
  });
  const block = () => {
    const [found] = gauge.snapshot().blocks;
    if (found === undefined) throw new Error('no block');
    return found;
  };
  const write = () => [...kept.write(block())];
  const expected = () => {
    const { labelSets, values } = block();
    return labelSets.map(([id], i) => `x{id="${id}"} ${values[i]}\n`).join('');
  };
  const set = (id: number, value: number) => gauge.labels({ id: String(id) }).set(value);
  const remove = (id: number) => gauge.remove({ id: String(id) });
  return { write, expected, set, remove };
}

const textOf = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString();

describe('the text of 3000 series', () => {
  it('The text of 3000 series is written anew only where a number changed, and never where somebody may be reading it', () => {
    const { write, expected, set } = keptGauge();
    for (let id = 0; id < 3000; id++) set(id, id);
    const before = write();
    const textBefore = textOf(before);
    expect(textBefore).toBe(expected());
    expect(write().every((it, i) => it === before[i])).toBe(true);
    set(1000, -0.5);
    const after = write();
    expect(after.filter((it, i) => it !== before[i])).toHaveLength(1);
    expect(textOf(after)).toBe(expected());
    expect(textOf(before)).toBe(textBefore);
  });

  it('The text of 3000 series keeps what is beside series that come and go', () => {
    const { write, expected, set, remove } = keptGauge();
    for (let id = 0; id < 3000; id++) set(id, id);
    const before = new Set(write());
    remove(0);
    remove(1500);
    const after = write();
    expect(textOf(after)).toBe(expected());
    expect(after.filter((it) => !before.has(it))).toHaveLength(2);
    set(3000, 1);
    set(3001, 1);
    set(3002, 1);
    expect(textOf(write())).toBe(expected());
  });

  it('The text of 3000 series is right after any number of comings and goings, and stays in few pieces', () => {
    const { write, expected, set, remove } = keptGauge();
    let seed = 7;
    const random = (below: number) => (seed = (seed * 16_807) % 2_147_483_647) % below;
    for (let scrape = 0; scrape < 60; scrape++) {
      for (let i = 0; i < 200; i++) {
        if (random(3) === 0) remove(random(3000));
        else set(random(3000), random(2) === 0 ? random(20_000) : random(1000) / 7);
      }
      expect(textOf(write())).toBe(expected());
    }
    expect(write().length).toBeLessThan(20);
    for (let id = 0; id < 3000; id++) remove(id);
    expect(write()).toEqual([]);
  });
});
