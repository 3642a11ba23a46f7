import { describe, expect, it } from 'vitest';
import { relativeUrl } from '../../../lib/profiling/capture/relative-urls.js';
import { hottestText } from '../../../lib/profiling/formats/hottest-functions.js';
import { fileNameOf, hottestOf, pprofOf } from '../../../lib/profiling/formats/profile-kinds.js';
import { decodedPprof } from './decoded-pprof.js';
import { startMs, takenCpu, takenHeap } from './made-profiles.js';

const HANDLE = 'handle src/orders.js:12';

describe('a profile in the format of pprof', () => {
  it('A CPU profile has the samples and nanoseconds of each stack, and no time in which nothing ran', async () => {
    expect(decodedPprof(await pprofOf(takenCpu))).toEqual({
      types: ['samples/count', 'cpu/nanoseconds'],
      period: '10000000 cpu/nanoseconds',
      startMs,
      durationMs: 100,
      samples: [
        { stack: [HANDLE], values: [2, 20_000_000] },
        { stack: ['pbkdf2 :0', HANDLE], values: [3, 30_000_000] },
        { stack: ['(anonymous) src/orders.js:40', HANDLE], values: [1, 10_000_000] },
        { stack: ['(garbage collector) :0'], values: [1, 10_000_000] },
      ],
    });
  });

  it('A heap profile has the bytes of each stack', async () => {
    const load = 'load node_modules/pg/lib/client.js:7';
    expect(decodedPprof(await pprofOf(takenHeap))).toMatchObject({
      types: ['alloc_space/bytes'],
      period: '524288 alloc_space/bytes',
      durationMs: 1_500,
      samples: [
        { stack: [load], values: [1_000] },
        { stack: ['parse :0', load], values: [500] },
      ],
    });
  });
});

describe('the hottest functions of a profile', () => {
  it('Native code counts for the nearest caller in a file, and V8 itself for nobody', () => {
    const hottest = hottestOf(takenCpu);
    expect(hottest.total).toBe(70_000_000);
    expect(hottest.functions.map(({ name, place, value }) => [name, place, value])).toEqual([
      ['handle', 'src/orders.js:12', 50_000_000],
      ['(anonymous)', 'src/orders.js:40', 10_000_000],
      ['(garbage collector)', '', 10_000_000],
    ]);
    expect(hottest.functions[0]?.share).toBeCloseTo(5 / 7);
    expect(hottestText(hottest)).toBe('71 % in handle (src/orders.js:12)');
  });

  it('A profile of nothing has no hottest function', () => {
    const empty = { ...takenCpu, profile: { ...takenCpu.profile, samples: [] } };
    expect(hottestOf(empty)).toEqual({ total: 0, functions: [] });
    expect(hottestText(hottestOf(empty))).toBe('no function ran');
  });

  it('Files of profiles have the time in their names', () => {
    expect(fileNameOf(takenHeap)).toBe('heap-20261130T083000Z');
  });
});

describe('the places of functions', () => {
  it.each([
    ['file:///srv/shop/dist/orders.js', 'dist/orders.js'],
    ['/srv/shop/dist/orders.js', 'dist/orders.js'],
    ['file:///srv/shop/dist/a%20b.js?v=1', 'dist/a b.js'],
    ['file:///srv/node_modules/pg/lib/client.js', 'node_modules/pg/lib/client.js'],
    [
      'file:///srv/node_modules/.pnpm/pg@8/node_modules/pg/lib/client.js',
      'node_modules/pg/lib/client.js',
    ],
    ['file:///home/ada/secret/linked.js', 'linked.js'],
    ['node:internal/timers', 'node:internal/timers'],
    ['data:text/javascript;base64,c2VjcmV0', 'data:'],
    ['', ''],
  ])('The address %s is shown as "%s" without the folders of the machine', (url, place) => {
    expect(relativeUrl(url, '/srv/shop')).toBe(place);
  });
});
