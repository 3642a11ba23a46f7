import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ObservationBuffer } from '../../../../lib/metrics/instruments/observation-buffer.js';
import { makeRegistry } from '../registry-of-test.js';

const definition = { name: 'a_seconds', help: 'A metric of a test.', labels: ['of'] } as const;

describe('values that a series learns of later', () => {
  it('Buffered observations are in it once they are published, each once, whenever that happens', () => {
    // Powers of two, whose sums are exact in any order; what a histogram refuses stands between them.
    const value = fc.constantFrom(0.001953125, 0.25, 1, 64, Number.NaN, Infinity);
    const step = fc.oneof({ arbitrary: value, weight: 30 }, fc.constant('publish' as const));
    fc.assert(
      fc.property(fc.array(step, { minLength: 60, maxLength: 200 }), (steps) => {
        const { registry } = makeRegistry();
        const histogram = registry.histogram(definition);
        const pending = new ObservationBuffer(histogram.labels({ of: 'pending' }));
        const expected = histogram.labels({ of: 'expected' });
        for (const it of steps) {
          if (it === 'publish') pending.publish();
          else {
            pending.add(it);
            expected.observe(it);
          }
        }
        pending.publish();
        const { values, stride } = histogram.snapshot().blocks[0]!;
        expect(values.slice(0, stride)).toEqual(values.slice(stride));
      }),
    );
  });

  it('Buffered observations are few, although nobody publishes them', () => {
    const { registry } = makeRegistry();
    const histogram = registry.histogram(definition);
    const pending = new ObservationBuffer(histogram.labels({ of: 'pending' }));
    for (let i = 0; i < 1_000; i++) pending.add(1);
    const { values, stride } = histogram.snapshot().blocks[0]!;
    expect(values[stride - 1]).toBeGreaterThan(980);
  });
});
