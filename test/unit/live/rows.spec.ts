import { describe, expect, it } from 'vitest';
import { readTraceRows } from '../../../lib/live/state/rows/trace-rows.js';
import { InMemoryTraceStore } from '../../../lib/tracing/store/index.js';
import { endedSpan } from '../tracing/store/memory/span-fixtures.js';

const failed = (type: string) => ({
  status: { code: 2 as const },
  attributes: { 'error.type': type },
});

describe('the traces of the live page', () => {
  it('A frequent failure takes two rows, so that a rare failure and slow traces have theirs', async () => {
    const store = new InMemoryTraceStore();
    store.onEnd(endedSpan({ trace: 1, name: 'POST /orders', ...failed('TypeError') }));
    for (let trace = 2; trace < 60; trace++) {
      store.onEnd(endedSpan({ trace, startMs: 1, name: 'POST /orders', ...failed('ECONNRESET') }));
    }
    store.onEnd(endedSpan({ trace: 60, name: 'GET /orders', durationMs: 700 }));
    const { rows } = await readTraceRows(store, 900_000);
    const told = rows.filter(({ hasError }) => hasError).slice(0, 3);
    expect(told.map(({ detail }) => detail)).toEqual(['ECONNRESET', 'ECONNRESET', 'TypeError']);
    expect(rows).toContainEqual(
      expect.objectContaining({ name: 'GET /orders', durationMs: 700, failed: false }),
    );
  });
});
