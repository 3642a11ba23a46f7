import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotEncoder } from '../../../../lib/metrics/aggregation/portable-snapshot.js';
import { decodeSampled } from '../../../../lib/metrics/aggregation/sampled-metric.js';
import { SnapshotDecoder } from '../../../../lib/metrics/aggregation/snapshot-decoder.js';
import type { RegistrySnapshot } from '../../../../lib/metrics/snapshot/snapshot.js';
import { apply, registerAll, someChange, someMetric } from '../../../contract/random-registry.js';
import { makeRegistry } from '../registry-of-test.js';

const carriers = [
  ['JSON', (it: unknown) => JSON.parse(JSON.stringify(it)) as unknown],
  ['the structured clone', (it: unknown) => structuredClone(it)],
] as const;

/** Without what is absent, and typed arrays as lists. */
const plain = ({ metrics }: RegistrySnapshot) =>
  metrics.map(({ definition, blocks }) => ({
    definition: JSON.parse(JSON.stringify(definition)) as unknown,
    blocks: blocks.map(({ values, createdAtMs, exemplars, updatedAtMs, ...it }) => ({
      ...it,
      values: Array.from(values, (value) => value + 0),
      createdAtMs: [...createdAtMs],
      updatedAtMs: updatedAtMs && [...updatedAtMs],
      exemplars: exemplars?.flatMap((exemplar, i) => (exemplar ? [[i, exemplar]] : [])),
    })),
  }));

describe.each(carriers)('a snapshot that %s carried', (_name, carry) => {
  it('A cluster snapshot is what was sent, message after message, whether or not the receiver knows the one before', () => {
    const metrics = fc.array(someMetric, { maxLength: 4 });
    const rounds = fc.array(fc.tuple(fc.array(someChange, { maxLength: 6 }), fc.boolean()), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(metrics, rounds, (defined, given) => {
        const { registry } = makeRegistry();
        registerAll(registry, defined);
        const encoder = new SnapshotEncoder();
        const decoder = new SnapshotDecoder();
        for (const [changes, isKnown] of given) {
          for (const it of changes) apply(registry, it);
          const snapshot = registry.snapshot();
          const message = carry(encoder.encode(snapshot, isKnown ? decoder.seq : 0));
          expect(plain(decoder.decode(message) as RegistrySnapshot)).toEqual(plain(snapshot));
        }
      }),
      { numRuns: 60 },
    );
  });
});

function orders() {
  const { registry } = makeRegistry();
  const counter = registry.counter({ name: 'orders_total', help: 'Orders.', labels: ['kind'] });
  counter.labels({ kind: 'b2b' }).inc(3);
  return { registry, counter };
}

describe('a message', () => {
  it('A cluster message holds definitions and labels once', () => {
    const { registry } = orders();
    const encoder = new SnapshotEncoder();
    const first = JSON.stringify(encoder.encode(registry.snapshot()));
    const second = JSON.stringify(encoder.encode(registry.snapshot(), encoder.seq));
    expect(first).toContain('b2b');
    expect(second).not.toContain('b2b');
    expect(second).not.toContain('Orders.');
  });

  it('A cluster message that builds upon one that did not arrive, or is older than the last, is left out', () => {
    const { registry } = orders();
    const encoder = new SnapshotEncoder();
    const decoder = new SnapshotDecoder();
    const lost = encoder.encode(registry.snapshot());
    const next = encoder.encode(registry.snapshot(), lost.seq);
    expect(decoder.decode(next)).toBeUndefined();
    const whole = encoder.encode(registry.snapshot(), decoder.seq);
    expect(decoder.decode(whole)).toBeDefined();
    expect(decoder.decode(lost)).toBeUndefined();
    expect(decoder.seq).toBe(whole.seq);
  });

  it('A cluster message that nobody of us wrote is refused, and what was read before still counts', () => {
    const { registry, counter } = orders();
    const encoder = new SnapshotEncoder();
    const good = JSON.parse(JSON.stringify(encoder.encode(registry.snapshot()))) as object;
    const mutation = fc.record({ at: fc.nat(), value: fc.jsonValue() });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), mutation), fc.boolean(), (given, isMutation) => {
        const decoder = new SnapshotDecoder();
        const isOne = isMutation && typeof given === 'object' && given !== null && 'at' in given;
        const message = isOne ? mutated(good, given as never) : given;
        try {
          const read = decoder.decode(message);
          for (const { definition, blocks } of read?.metrics ?? []) {
            expect(definition.name).toMatch(/^[\w:]+$/);
            for (const { values, labelSets, stride } of blocks) {
              expect(values).toHaveLength(labelSets.length * stride);
            }
          }
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
          expect(decoder.seq).toBe(0);
        }
        expect(new SnapshotDecoder().decode(good)).toBeDefined();
      }),
      { numRuns: 500 },
    );
    counter.labels({ kind: 'b2b' }).inc();
  });
});

/** The object with one of its leaves replaced. */
function mutated(given: object, { at, value }: { at: number; value: unknown }): unknown {
  const copy = structuredClone(given);
  const places: [Record<string, unknown>, string][] = [];
  const visit = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      places.push([node as Record<string, unknown>, key]);
      visit((node as Record<string, unknown>)[key]);
    }
  };
  visit(copy);
  const [parent, key] = places[Math.abs(Math.trunc(Number(at) || 0)) % places.length] as [
    Record<string, unknown>,
    string,
  ];
  parent[key] = value;
  return copy;
}

describe('metrics of another library', () => {
  it('Metrics of another library are read as far as they are metrics, whatever the message holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (given) => {
        const read = decodeSampled(given);
        expect(read === undefined || Array.isArray(read)).toBe(true);
      }),
    );
    const sample = { value: null, labels: { quantile: 0.5 } };
    const good = {
      name: 'x',
      help: 'X.',
      type: 'summary',
      values: [sample, { labels: { a: {} } }],
    };
    expect(decodeSampled([good, { name: 'a b' }, 1])).toEqual([
      { ...good, aggregator: undefined, values: [{ ...sample, value: Number.NaN }] },
    ]);
  });
});
