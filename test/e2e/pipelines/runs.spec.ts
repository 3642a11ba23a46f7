import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { lastValueFrom, NEVER, of, throwError } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { Pipeline, Pipelines, pipelines, Stage } from '../../../lib/pipelines/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

const running: RunningApplication[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

@Injectable()
class Trades {
  readonly factor = 2;

  @Pipeline('prices')
  prices(kind: 'ends' | 'fails' | 'hangs') {
    if (kind === 'hangs') return NEVER;
    return kind === 'ends' ? of(1, 2) : throwError(() => new Error('no'));
  }

  @Pipeline('rows')
  rows() {
    return Readable.from([1, 2, 3]);
  }

  @Pipeline('imports')
  async import(fails: boolean) {
    if (fails) throw new Error('no');
    return 7;
  }

  @Pipeline('pages')
  async *pages() {
    yield 1;
    yield 2;
  }

  @Stage({ pipeline: 'prices', name: 'double' })
  double(price: number) {
    if (price < 0) throw new RangeError('negative');
    return price * this.factor;
  }
}

async function start() {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ plugins: [pipelines()] })],
    providers: [Trades],
  });
  running.push(application);
  const read = async () => {
    const { text } = await application.get('/metrics');
    return (name: string, labels: Readonly<Record<string, string>>) =>
      sampleOf(text, `eventcore_pipeline_${name}`, { ...labels });
  };
  /** Returns the runs of a pipeline: open, completed, failed, cancelled. */
  const runs = async (pipeline: string) => {
    const of1 = await read();
    const ended = ['completed', 'failed', 'cancelled'].map((outcome) =>
      of1('runs_total', { pipeline, outcome }),
    );
    return [of1('runs', { pipeline }), ...ended];
  };
  const flow = application.app.get(Pipelines).pipeline('loop');
  return { trades: application.app.get(Trades), flow, read, runs };
}

async function* numbers(fails = false) {
  yield 1;
  yield 2;
  if (fails) throw new Error('no');
}

describe('a loop over the events of a pipeline', () => {
  it('Is a run that completes, is cancelled by leaving the loop, or fails with its source', async () => {
    const { flow, read, runs } = await start();
    const seen: number[] = [];
    for await (const it of flow.each(numbers(), 'numbers')) seen.push(it);
    expect(seen).toEqual([1, 2]);
    for await (const it of flow.each(Readable.from([1, 2, 3]), 'numbers')) if (it === 2) break;
    const thrown = async () => {
      for await (const it of flow.each(numbers(), 'numbers')) throw new Error(`at ${it}`);
    };
    await expect(thrown()).rejects.toThrow('at 1');
    const failing = async () => {
      for await (const it of flow.each(numbers(true), 'numbers')) seen.push(it);
    };
    await expect(failing()).rejects.toThrow('no');
    expect(await runs('loop')).toEqual([0, 1, 1, 2]);
    const labels = { pipeline: 'loop', stream: 'numbers' };
    const of1 = await read();
    expect(of1('stream_events_received_total', { ...labels, role: 'input' })).toBe(7);
    expect(of1('stream_subscribers', labels)).toBe(0);
  });
});

describe('the decorator @Pipeline', () => {
  it('Counts subscriptions of an Observable', async () => {
    const { trades, runs } = await start();
    expect(await lastValueFrom(trades.prices('ends'))).toBe(2);
    await expect(lastValueFrom(trades.prices('fails'))).rejects.toThrow('no');
    trades.prices('hangs').subscribe().unsubscribe();
    const open = trades.prices('hangs').subscribe();
    expect(await runs('prices')).toEqual([1, 1, 1, 1]);
    open.unsubscribe();
  });

  it('Counts streams of Node.js, promises and iterations', async () => {
    const { trades, runs } = await start();
    const rows: unknown[] = [];
    for await (const it of trades.rows()) rows.push(it);
    const left = trades.rows();
    left.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    expect(rows).toEqual([1, 2, 3]);
    expect(await runs('rows')).toEqual([0, 1, 0, 1]);
    expect(await trades.import(false)).toBe(7);
    await expect(trades.import(true)).rejects.toThrow('no');
    expect(await runs('imports')).toEqual([0, 1, 1, 0]);
    const pages: number[] = [];
    for await (const it of trades.pages()) pages.push(it);
    expect(pages).toEqual([1, 2]);
    expect(await runs('pages')).toEqual([0, 1, 0, 0]);
  });
});

describe('the decorator @Stage', () => {
  it('Measures each call on an instance of the application, and no other one', async () => {
    const { trades, read } = await start();
    expect(trades.double(3)).toBe(6);
    expect(() => trades.double(-1)).toThrow('negative');
    expect(new Trades().double(4)).toBe(8);
    const labels = { pipeline: 'prices', stage: 'double' };
    const of1 = await read();
    expect(of1('stage_events_in_total', labels)).toBe(2);
    expect(of1('stage_events_out_total', labels)).toBe(1);
    expect(of1('stage_errors_total', { ...labels, error_type: 'RangeError' })).toBe(1);
  });
});
