import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { of, throwError } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ObservabilityModule, Query } from '../../../lib/index.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from './running-application.js';

@Injectable()
class Reports {
  @Query('Sync')
  sync<T>(make: () => T): T {
    return make();
  }

  @Query('Async')
  async async<T>(make: () => T): Promise<T> {
    return make();
  }
}

function* failing() {
  yield 1;
  throw new Error('broken');
}

async function* failingLater() {
  yield 1;
  throw new Error('broken');
}

class Rows implements IterableIterator<number> {
  #left = 2;
  [Symbol.iterator]() {
    return this;
  }
  next(): IteratorResult<number> {
    if (this.#left-- === 0) throw new Error('broken');
    return { done: false, value: 1 };
  }
}

const failingStreams: readonly (readonly [
  string,
  () => Iterable<unknown> | AsyncIterable<unknown>,
])[] = [
  ['a Node Readable', () => Readable.from(failingLater())],
  [
    'a Node Readable that is destroyed',
    () =>
      new Readable({
        read() {
          this.destroy(new Error('broken'));
        },
      }),
  ],
  ['a generator', failing],
  ['an iterator of a class', () => new Rows()],
  ['an async generator', failingLater],
];

describe.each(['Sync', 'Async'] as const)('the result of a handler (%s)', (query) => {
  async function start() {
    const clock = new ManualClock();
    const application = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot({ clock })],
      providers: [Reports],
    });
    onTestFinished(() => application.close());
    const reports = application.app.get(Reports);
    const call = <T>(make: () => T) =>
      query === 'Sync' ? reports.sync(make) : reports.async(make);
    const counts = async () => {
      const { text } = await application.get('/metrics');
      const of = (name: string) => sampleOf(text, `eventcore_${name}`, { query_type: query });
      const outcome = (it: string) =>
        sampleOf(text, 'eventcore_query_duration_seconds_sum', {
          query_type: query,
          outcome: it,
        }) ?? 0;
      return {
        counts: [of('queries_total'), of('query_errors_total'), of('queries_concurrent')],
        seconds: [outcome('success'), outcome('failure')],
      };
    };
    return { clock, call, counts };
  }

  it.each(failingStreams)('%s ends when it fails', async (_title, make) => {
    const { clock, call, counts } = await start();
    const stream = await call(make);
    expect((await counts()).counts).toEqual([0, 0, 1]);
    clock.advance(3_000);
    await expect(
      (async () => {
        for await (const _ of stream);
      })(),
    ).rejects.toThrow('broken');
    expect(await counts()).toEqual({ counts: [1, 1, 0], seconds: [0, 3] });
  });

  it.each([
    ['a Node Readable', () => Readable.from([1, 2, 3])],
    ['an array iterator', () => [1, 2, 3].values()],
    ['a map iterator', () => new Map([[1, 1]]).entries()],
  ])('%s ends when it is exhausted', async (_title, make) => {
    const { clock, call, counts } = await start();
    const stream = await call(make as () => Iterable<unknown>);
    clock.advance(2_000);
    for await (const _ of stream);
    expect(await counts()).toEqual({ counts: [1, 0, 0], seconds: [2, 0] });
  });

  it('The result of a handler (%s) that is a collection ends at once', async () => {
    const { call, counts } = await start();
    for (const it of [[1], new Map(), new Set([1]), new Uint8Array(2), { next: 1 }, 'text']) {
      expect(await call(() => it)).toBe(it);
    }
    expect((await counts()).counts).toEqual([6, 0, 0]);
  });

  it('The result of a handler (%s) that is an Observable is observed per subscription', async () => {
    const { call, counts } = await start();
    (await call(() => of(1))).subscribe();
    (await call(() => throwError(() => new Error('broken')))).subscribe({ error: () => undefined });
    expect((await counts()).counts).toEqual([2, 1, 0]);
  });
});
