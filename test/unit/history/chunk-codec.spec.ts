import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chunk, ChunkSummary } from '../../../lib/history/chunks/chunk.js';
import {
  ChunkDamaged,
  decodeChunk,
  encodeChunk,
  summaryOf,
} from '../../../lib/history/chunks/chunk-codec.js';
import {
  ByteReader,
  ByteWriter,
  readColumn,
  writeColumn,
} from '../../../lib/history/chunks/column.format.js';
import { OpenChunk } from '../../../lib/history/chunks/open-chunk.js';
import type { MetricDefinition } from '../../../lib/metrics/definition/metric-definition.js';
import type { MetricSnapshot } from '../../../lib/metrics/snapshot/snapshot.js';

const summary: ChunkSummary = { tier: 'full', run: 7, fromMs: 1, toMs: 2.5, samples: 3 };

const asIs = (values: readonly string[]) => values;

const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 2 ** 51, -(2 ** 51), 2 ** 53, 5e-324),
);

const definition: fc.Arbitrary<MetricDefinition> = fc.record({
  name: fc.constantFrom('a_total', 'b', 'c_seconds'),
  type: fc.constant('counter' as const),
  help: fc.string({ unit: 'binary' }),
  labels: fc.constant(['x']),
});

/** Ticks of metrics whose series come, go and return. */
const ticks: fc.Arbitrary<MetricSnapshot[][]> = fc
  .tuple(
    fc.uniqueArray(definition, { selector: ({ name }) => name }),
    fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }),
    fc.array(fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.array(number, { minLength: 24 })))),
  )
  .map(([definitions, texts, rows]) => {
    const all = texts.map((it) => [it]);
    const lists = Array.from({ length: 36 }, (_, i) => all.slice(i % 6, (i % 6) + (i / 6 + 1)));
    return rows.map((row) =>
      definitions.slice(0, row.length).map((definition, i): MetricSnapshot => {
        const [from, size, numbers] = row[i]!;
        const stride = (from % 3) + 1;
        const labelSets = lists[size * 6 + from]!;
        const values = Float64Array.from(
          { length: labelSets.length * stride },
          (_, j) => numbers[j]!,
        );
        const createdAtMs = new Float64Array(labelSets.length);
        return { definition, blocks: [{ labelSets, createdAtMs, values, stride, bounds: [] }] };
      }),
    );
  });

function chunkOf(rows: readonly MetricSnapshot[][]): Chunk {
  const open = new OpenChunk(() => true);
  for (const [i, row] of rows.entries()) open.record(1_000.5 * i, row);
  return open.chunk();
}

/** All that can be read from a chunk. */
function contentOf({ times, segments }: Chunk) {
  return {
    times: [...times],
    segments: segments.map((it) => {
      const { family, labelSets, from, rows: count } = it;
      const columns = Array.from({ length: labelSets.length * family.stride }, (_, column) => {
        const values = new Float64Array(count).fill(-0);
        it.addTo(values, column, { row: 0, count, at: 0 });
        return [...values];
      });
      return { ...family, labelSets, from, count, columns };
    }),
  };
}

describe('codec of chunks', () => {
  it('Reads columns of all numbers as they were written', () => {
    const columns = fc.oneof(
      fc.array(number),
      fc.array(fc.integer()),
      fc.tuple(number, fc.nat(200)).map(([it, length]) => Array.from({ length }, () => it)),
    );
    fc.assert(
      fc.property(fc.array(columns), (all) => {
        const writer = new ByteWriter();
        for (const it of all) writeColumn(writer, Float64Array.from(it));
        const reader = new ByteReader(writer.written());
        for (const it of all) {
          const column = new Float64Array(it.length);
          readColumn(reader, column);
          expect([...column]).toStrictEqual(it);
        }
        expect(reader.at).toBe(writer.length);
      }),
    );
  });

  it('Reads chunks whose series come and go as they were recorded', async () => {
    await fc.assert(
      fc.asyncProperty(ticks, async (rows) => {
        const chunk = chunkOf(rows);
        const bytes = await encodeChunk(chunk, summary);
        expect(summaryOf(bytes, bytes.length)).toStrictEqual(summary);
        expect(contentOf(await decodeChunk(bytes, asIs))).toEqual(contentOf(chunk));
      }),
    );
  });

  it('Notices every truncation and every flipped bit', async () => {
    const values = Float64Array.of(1, 2.5);
    const labelSets = [['a'], ['b']];
    const block = { labelSets, createdAtMs: new Float64Array(2), values, stride: 1, bounds: [] };
    const metric = { name: 'a', type: 'gauge', help: 'A.', labels: ['x'] } as const;
    const rows = [[{ definition: metric, blocks: [block] }]];
    const bytes = await encodeChunk(chunkOf(rows), summary);
    const all: Buffer[] = [
      Buffer.concat([bytes, Buffer.of(0)]),
      readFileSync(import.meta.filename),
    ];
    for (let length = 0; length < bytes.length; length++) all.push(bytes.subarray(0, length));
    for (const it of all) expect(() => summaryOf(it, it.length)).toThrow(ChunkDamaged);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      all.push(flipped);
    }
    for (const it of all) await expect(decodeChunk(it, asIs)).rejects.toThrow(ChunkDamaged);
    await expect(decodeChunk(bytes, asIs)).resolves.toBeDefined();
  });
});
