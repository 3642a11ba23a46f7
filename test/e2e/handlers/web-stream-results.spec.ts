import { Duplex, PassThrough, Readable, Transform } from 'node:stream';
import { ReadableStream, TransformStream, WritableStream } from 'node:stream/web';
import { Injectable } from '@nestjs/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ObservabilityModule, Query } from '../../../lib/index.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

class Deferred<T> extends Promise<T> {}

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

  @Query('Deferred')
  deferred<T>(make: () => T): Promise<T> {
    return Deferred.resolve(make());
  }
}

type Kind = 'Sync' | 'Async' | 'Deferred';

async function start(query: Kind = 'Sync') {
  const clock = new ManualClock();
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ clock, health: false, drain: { timeoutMs: 100 } })],
    providers: [Reports],
  });
  onTestFinished(() => application.close());
  const reports = application.app.get(Reports);
  const call = async <T>(make: () => T): Promise<T> => {
    if (query === 'Sync') return reports.sync(make);
    return query === 'Async' ? reports.async(make) : reports.deferred(make);
  };
  const counts = async () => {
    const { text } = await application.get('/metrics');
    const of = (name: string) => sampleOf(text, `eventcore_${name}`, { query_type: query });
    const seconds = (outcome: string) =>
      sampleOf(text, 'eventcore_query_duration_seconds_sum', { query_type: query, outcome }) ?? 0;
    const [success, failure] = [seconds('success'), seconds('failure')];
    return { total: of('queries_total'), open: of('queries_concurrent'), success, failure };
  };
  return { clock, call, counts };
}

const OPEN = { total: 0, open: 1, success: 0, failure: 0 };
const SUCCESS = { total: 1, open: 0, success: 2, failure: 0 };
const FAILURE = { total: 1, open: 0, success: 0, failure: 2 };

/** A web stream of two rows. */
function rows(): ReadableStream<string> {
  let left = 2;
  return new ReadableStream<string>(
    {
      pull(controller) {
        if (left-- > 0) controller.enqueue('row');
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** A web stream that fails after its first row. */
function broken(): ReadableStream<string> {
  let left = 1;
  return new ReadableStream<string>(
    {
      pull(controller) {
        if (left-- > 0) controller.enqueue('row');
        else controller.error(new Error('broken'));
      },
    },
    { highWaterMark: 0 },
  );
}

async function readAll(stream: ReadableStream<unknown>): Promise<void> {
  const reader = stream.getReader();
  while (!(await reader.read()).done);
}

async function iterate(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

type Consume = (stream: ReadableStream<string>) => Promise<unknown>;

const consumers: readonly (readonly [string, Consume])[] = [
  ['read by a reader', readAll],
  ['iterated', iterate],
  ['iterated by values()', (it) => iterate(it.values({ preventCancel: true }))],
  ['piped', (it) => it.pipeTo(new WritableStream())],
  ['piped through a transform', (it) => readAll(it.pipeThrough(new TransformStream()))],
  ['split into two', (it) => Promise.all(it.tee().map(readAll))],
  [
    'split into two, one of which is cancelled',
    async (it) => {
      const [one, other] = it.tee();
      void one.cancel();
      await iterate(other);
    },
  ],
  [
    'the body of a response',
    (it) => new Response(it.pipeThrough(new TextEncoderStream()) as never).text(),
  ],
  ['turned into a Node stream', (it) => iterate(Readable.fromWeb(it))],
];

describe('a web stream that a handler returns', () => {
  it.each(consumers)('A web stream ends a call when it is exhausted: %s', async (_, consume) => {
    const { clock, call, counts } = await start();
    const stream = rows();
    expect(await call(() => stream)).toBe(stream);
    expect(await counts()).toEqual(OPEN);
    clock.advance(2_000);
    await consume(stream);
    expect(await counts()).toEqual(SUCCESS);
  });

  it.each(consumers)('A web stream ends a call with its failure: %s', async (_, consume) => {
    const { clock, call, counts } = await start();
    const stream = await call(broken);
    clock.advance(2_000);
    await expect(consume(stream)).rejects.toThrow();
    expect(await counts()).toEqual(FAILURE);
  });

  it.each<[string, Consume]>([
    ['cancelled', (it) => it.cancel()],
    ['cancelled by its reader', (it) => it.getReader().cancel()],
    [
      'left by a loop',
      async (it) => {
        for await (const _ of it) break;
      },
    ],
    ['split into two that are cancelled', (it) => Promise.all(it.tee().map((its) => its.cancel()))],
    [
      'piped to a destination that fails',
      async (it) => {
        const write = () => Promise.reject(new Error('full'));
        await expect(it.pipeTo(new WritableStream({ write }))).rejects.toThrow('full');
      },
    ],
  ])('A web stream that is given up ends a call with success: %s', async (_, consume) => {
    const { clock, call, counts } = await start();
    const stream = await call(rows);
    clock.advance(2_000);
    await consume(stream);
    expect(await counts()).toEqual(SUCCESS);
  });

  it.each<[string, Consume]>([
    [
      'released by a reader',
      async (it) => {
        const reader = it.getReader();
        await reader.read();
        reader.releaseLock();
      },
    ],
    [
      'left by a loop that cancels nothing',
      async (it) => {
        for await (const _ of it.values({ preventCancel: true })) break;
      },
    ],
    [
      'piped to a destination that fails, without cancelling',
      async (it) => {
        const write = () => Promise.reject(new Error('full'));
        const piped = it.pipeTo(new WritableStream({ write }), { preventCancel: true });
        await expect(piped).rejects.toThrow('full');
      },
    ],
    ['split into two, one of which is cancelled', async (it) => void it.tee()[0].cancel()],
  ])('A web stream keeps a call open while it can be read: %s', async (_, consume) => {
    const { call, counts } = await start();
    await consume(await call(rows));
    expect(await counts()).toEqual(OPEN);
  });

  it('A web stream whose source refuses to be cancelled ends a call with that failure', async () => {
    const { clock, call, counts } = await start();
    const stream = await call(
      () => new ReadableStream({ cancel: () => Promise.reject(new Error('broken')) }),
    );
    clock.advance(2_000);
    await expect(stream.cancel()).rejects.toThrow('broken');
    expect(await counts()).toEqual(FAILURE);
  });

  it('A web stream that has failed or is locked ends a call at once', async () => {
    const { call, counts } = await start();
    const failed = new ReadableStream({ start: (it) => it.error(new Error('broken')) });
    await call(() => failed);
    const locked = rows();
    locked.getReader();
    await call(() => locked);
    const closed = new ReadableStream({ start: (it) => it.close() });
    await readAll(await call(() => closed));
    expect(await counts()).toEqual({ total: 3, open: 0, success: 0, failure: 0 });
    expect(failed.locked).toBe(false);
  });

  it('A web stream refuses the same arguments as without observation', async () => {
    const { call } = await start();
    const stream = await call(rows);
    expect(() => stream.pipeThrough({} as never)).toThrow(TypeError);
    stream.getReader();
    expect(() => stream.pipeThrough(new TransformStream())).toThrow(TypeError);
    await expect(stream.cancel()).rejects.toThrow(TypeError);
  });
});

async function* delegating(to: () => AsyncIterable<unknown>) {
  yield 0;
  yield* to();
}

async function* failing() {
  yield 1;
  throw new Error('broken');
}

describe.each<Kind>(['Sync', 'Async', 'Deferred'])('a stream of a handler (%s)', (kind) => {
  it.each<[string, () => AsyncIterable<unknown>]>([
    ['a web stream', rows],
    ['a transform', () => Readable.from(['row']).pipe(new PassThrough())],
    ['a duplex', () => Duplex.from(Readable.from(['row']))],
  ])('The duration of a call (%s) is that of its stream: %s', async (_, make) => {
    const { clock, call, counts } = await start(kind);
    const stream = await call(make);
    clock.advance(2_000);
    await iterate(stream);
    expect(await counts()).toEqual(SUCCESS);
  });

  it.each<[string, () => AsyncIterable<unknown>]>([
    ['a web stream', broken],
    [
      'a transform',
      () =>
        Readable.from(['row']).pipe(
          new Transform({ transform: (_row, _encoding, done) => done(new Error('broken')) }),
        ),
    ],
  ])('The failure of a stream is that of its call: %s', async (_, make) => {
    const { clock, call, counts } = await start(kind);
    const stream = await call(make);
    clock.advance(2_000);
    await expect(iterate(stream)).rejects.toThrow('broken');
    expect(await counts()).toEqual(FAILURE);
  });
});

describe.each<Kind>(['Sync', 'Async'])('a delegating generator of a handler (%s)', (kind) => {
  it('A generator that delegates ends a call with the stream that it delegates to', async () => {
    const { clock, call, counts } = await start(kind);
    const exhausted = await call(() => delegating(rows));
    clock.advance(2_000);
    await iterate(exhausted);
    expect(await counts()).toEqual(SUCCESS);
    const broken = await call(() => delegating(failing));
    clock.advance(2_000);
    await expect(iterate(broken)).rejects.toThrow('broken');
    expect(await counts()).toEqual({ total: 2, open: 0, success: 2, failure: 2 });
  });
});
