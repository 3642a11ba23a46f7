import { describe, expect, it } from 'vitest';
import { Unreadable } from '../../../../lib/projections/projection-scope.js';
import {
  type ReadSource,
  SourceReader,
} from '../../../../lib/projections/publishing/source-reader.js';
import { settled } from '../../kernel/settled.js';
import { ManualTimers } from '../../../../lib/testing/manual-timers.js';

const scopes = [{ key: '0', projection: 'p', filter: {} }];

function readerOf(ask: ReadSource<number>) {
  const timers = new ManualTimers();
  const rules = { clock: timers.clock, timers, periodMs: 5_000, timeoutMs: 3_000 };
  return { timers, reader: new SourceReader(ask, rules) };
}

const causeOf = (answer: number | Unreadable | undefined) =>
  ((answer as Unreadable).cause as Error).message;

describe('a source', () => {
  it('A head source is read, and leaves no timer behind', async () => {
    const { reader, timers } = readerOf(async () => new Map([['0', 7]]));
    expect(await reader.read(scopes)).toEqual(new Map([['0', 7]]));
    expect(timers.pending).toBe(0);
  });

  it('A head source that does not answer in time is unreadable, and told so', async () => {
    let signal: AbortSignal | undefined;
    const { reader, timers } = readerOf((_, it) => {
      signal = it;
      return new Promise(() => undefined);
    });
    const answers = reader.read(scopes);
    await timers.advance(2_999);
    expect(signal?.aborted).toBe(false);
    await timers.advance(1);
    expect(causeOf((await answers).get('0'))).toBe('no answer within 3000 ms');
    expect(signal?.aborted).toBe(true);
  });

  it('A head source is not read again while a read is still running', async () => {
    let calls = 0;
    let answer: (it: Map<string, number>) => void = () => undefined;
    const { reader, timers } = readerOf(() => {
      calls++;
      return new Promise((resolve) => (answer = resolve));
    });
    const first = reader.read(scopes);
    await timers.advance(3_000);
    await first;
    expect(causeOf((await reader.read(scopes)).get('0'))).toBe(
      'the previous read is still running',
    );
    expect(calls).toBe(1);
    answer(new Map());
    await settled();
    void reader.read(scopes);
    expect(calls).toBe(2);
  });

  it.each<[string, ReadSource<number>]>([
    ['rejects', () => Promise.reject(new Error('gone'))],
    [
      'throws',
      () => {
        throw new Error('gone');
      },
    ],
    ['answers with no Map', () => Promise.resolve({} as never)],
  ])('A head source that %s is unreadable, and can be read again', async (_how, ask) => {
    let calls = 0;
    const { reader } = readerOf((...args) => {
      calls++;
      return ask(...args);
    });
    expect((await reader.read(scopes)).get('0')).toBeInstanceOf(Unreadable);
    expect((await reader.read(scopes)).get('0')).toBeInstanceOf(Unreadable);
    expect(calls).toBe(2);
  });

  it('A head source is due less often while it fails, at least once a minute, and as ever when it is back', async () => {
    let works = false;
    const { reader, timers } = readerOf(async () => {
      if (!works) throw new Error('gone');
      return new Map([['0', 7]]);
    });
    const waits: number[] = [];
    for (let failure = 0; failure < 7; failure++) {
      await reader.read(scopes);
      let periods = 0;
      while (!reader.isDue) {
        await timers.advance(5_000);
        periods++;
      }
      waits.push(periods);
    }
    expect(waits).toEqual([1, 2, 4, 8, 12, 12, 12]);
    works = true;
    await reader.read(scopes);
    expect(reader.isDue).toBe(true);
  });
});
