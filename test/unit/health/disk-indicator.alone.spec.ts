import { statfs } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HealthIndicators, type IndicatorSources } from '../../../lib/health/health-indicators.js';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, statfs: vi.fn<typeof real.statfs>(real.statfs) };
});

const indicators = new HealthIndicators({ knowsDegraded: () => true } as IndicatorSources);
const disk = (bavail: number, blocks: number) =>
  vi.mocked(statfs).mockResolvedValueOnce({ bavail, blocks, bsize: 4_096 } as never);

afterEach(() => vi.mocked(statfs).mockClear());

describe('the indicator of a disk', () => {
  it('The indicator of a disk reads the real one', async () => {
    const { bavail, blocks, bsize } = await statfs('/');
    const { disk: told } = await indicators.disk('disk', { minFreeRatio: 0 });
    expect(told.status).toBe('up');
    expect(told['free_ratio']).toBeCloseTo(bavail / blocks, 2);
    expect(Math.abs((told['free_bytes'] as number) / (bavail * bsize) - 1)).toBeLessThan(0.05);
  });

  it.each([
    ['a full one', 0, 1_000, { status: 'down', free_ratio: 0, free_bytes: 0 }],
    ['just below the limit', 99, 1_000, { status: 'down', free_ratio: 0.099 }],
    ['at the limit', 100, 1_000, { status: 'up', free_ratio: 0.1, free_bytes: 409_600 }],
    ['one without blocks', 0, 0, { status: 'down', free_ratio: 0 }],
  ])('The indicator of a disk judges %s', async (_title, free, blocks, expected) => {
    disk(free, blocks);
    expect((await indicators.disk('disk', { path: '/data' })).disk).toMatchObject(expected);
    expect(statfs).toHaveBeenLastCalledWith('/data');
  });
});
