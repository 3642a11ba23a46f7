import { trace } from '@opentelemetry/api';
import { lastValueFrom, Subject, timer, map } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { Pipelines, pipelines } from '../../../lib/pipelines/index.js';
import { RecordingSdk } from '../../unit/tracing/span/traced-application.js';
import { RunningApplication } from '../module/running-application.js';

const running: { close(): unknown }[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

async function start() {
  const sdk = new RecordingSdk();
  running.push(sdk);
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ plugins: [pipelines()] })],
  });
  running.push(application);
  return { sdk, flow: application.app.get(Pipelines).pipeline('trades') };
}

interface Trade {
  readonly n: number;
}

describe('the trace of an event', () => {
  it.each(['concatMap', 'mergeMap'] as const)(
    'Is its own in %s, whatever event it waited for',
    async (kind) => {
      const { sdk, flow } = await start();
      const source = new Subject<Trade>();
      const work = (event: Trade) => timer(1).pipe(map(() => ({ ...event, done: true })));
      const operator =
        kind === 'mergeMap' ? flow.mergeMap('enrich', work, 4) : flow.concatMap('enrich', work);
      const store = flow.concatMap('store', async ({ n }: Trade) => n);
      const ended = lastValueFrom(source.pipe(flow.stream('in'), operator, store));
      const tracer = trace.getTracer('test');
      for (let n = 0; n < 100; n++) {
        tracer.startActiveSpan(`produce ${n}`, (span) => {
          span.setAttribute('n', n);
          source.next({ n });
          span.end();
        });
      }
      source.complete();
      await ended;
      const spans = sdk.spans();
      const byId = new Map(spans.map((it) => [it.spanContext().spanId, it]));
      const stored = spans.filter(({ name }) => name === 'pipeline trades store');
      expect(stored).toHaveLength(100);
      const chains = stored.map((it) => {
        const names: string[] = [];
        let span: (typeof spans)[number] | undefined = it;
        while (span !== undefined) {
          names.push(span.name);
          span = byId.get(span.parentSpanContext?.spanId ?? '');
        }
        return names;
      });
      const expected = Array.from({ length: 100 }, (_, n) => [
        'pipeline trades store',
        'pipeline trades enrich',
        'pipeline trades',
        `produce ${n}`,
      ]);
      expect(chains).toEqual(expected);
      expect(stored.every(({ links }) => links.length === 0)).toBe(true);
    },
  );

  it('Is that of the messages that a receiver sends for events that leave, except for one that lost its trace', async () => {
    const { sdk, flow } = await start();
    const source = new Subject<Trade>();
    const tracer = trace.getTracer('test');
    const plain = map((it: Trade) => (it.n === 1 ? { n: 1 } : it));
    source
      .pipe(
        flow.stream('in'),
        flow.concatMap('copy', async (it) => it),
        plain,
        flow.stream('out'),
      )
      .subscribe(({ n }) => tracer.startSpan(`send ${n}`).end());
    for (let n = 0; n < 3; n++) {
      tracer.startActiveSpan(`produce ${n}`, (span) => {
        source.next({ n });
        span.end();
      });
    }
    await expect.poll(() => sdk.spans().filter(({ name }) => name === 'send 2')).toHaveLength(1);
    const left = sdk.spans().filter(({ name }) => name === 'pipeline trades out');
    expect(left).toHaveLength(2);
    for (const n of [0, 2]) {
      const sent = sdk.span(`send ${n}`);
      expect(sent.spanContext().traceId).toBe(sdk.span(`produce ${n}`).spanContext().traceId);
      const parents = left.map((it) => it.spanContext().spanId);
      expect(parents).toContain(sent.parentSpanContext?.spanId);
    }
  });

  it('Begins with the work itself for an event that is no object', async () => {
    const { sdk, flow } = await start();
    const source = new Subject<number>();
    const ended = lastValueFrom(source.pipe(flow.concatMap('store', async (it) => it)));
    trace.getTracer('test').startActiveSpan('produce', (span) => {
      source.next(1);
      source.next(2);
      span.end();
    });
    source.complete();
    await ended;
    const stored = sdk.spans().filter(({ name }) => name === 'pipeline trades store');
    expect(stored.map(({ parentSpanContext }) => parentSpanContext)).toEqual([
      undefined,
      undefined,
    ]);
  });
});
