import { Writable } from 'node:stream';
import { bufferCount, lastValueFrom, map, NEVER, of, Subject, throwError } from 'rxjs';
import { type EventPipeline, Pipelines } from '../../../lib/pipelines/index.js';
import { clock } from './work-of-jobs.js';
import type { RunningApplication } from './running-application.js';

/** Runs a pipeline in which an event is late, one waits, one is given up and one fails. It runs until the application closes. */
export async function runPipelines({ app }: RunningApplication): Promise<void> {
  const flow = app.get(Pipelines).pipeline('trades');
  await lastValueFrom(
    flow.run(
      of({ at: clock.wallMs() - 1_000 }).pipe(
        flow.stream('trades', { eventTime: ({ at }) => at }),
        flow.stream('stored'),
      ),
    ),
  );
  const failing = of({}).pipe(flow.concatMap('store', () => throwError(() => new Error('full'))));
  await lastValueFrom(failing).catch(() => undefined);
  const source = kept(new Subject<object>());
  const pass = flow.step('pass', (event: object) => event);
  const hanging = flow.concatMap('hang', () => NEVER);
  flow.run(source.pipe(flow.stream('trades'), map(pass), hanging)).subscribe();
  source.next({});
  source.next({});
  clock.advance(1_000);
  const latest = flow.run(source.pipe(flow.exhaustMap('latest', () => NEVER)));
  latest.subscribe();
  source.next({});
  source.next({});
  fillWindows(flow);
  fillBuffers(flow);
}

/** Closes a window and leaves an event in the next one. */
function fillWindows(flow: EventPipeline): void {
  const source = kept(new Subject<object>());
  const window = { window: 'tumbling', bytes: () => 64 } as const;
  source.pipe(flow.stage('pairs', bufferCount<object>(2), window)).subscribe();
  source.next({});
  clock.advance(1_000);
  source.next({});
  source.next({});
}

const all: object[] = [];

/** Keeps a stream or a source: one that nothing refers to may be collected, and its events with it. */
function kept<T extends object>(it: T): T {
  all.push(it);
  return it;
}

/** Writes to sinks that never finish a chunk, so that the second one waits. */
function fillBuffers(flow: EventPipeline): void {
  for (const objectMode of [true, false]) {
    const sink = kept(new Writable({ objectMode, highWaterMark: 1, write: () => undefined }));
    flow.observe(sink, 'files').write('text');
    sink.write('more');
  }
  clock.advance(1_000);
}
