import { of, Subject } from 'rxjs';
import { ObservabilityModule } from '../../../lib/index.js';
import { Pipelines, pipelines } from '../../../lib/pipelines/index.js';
import { RunningApplication } from '../../e2e/module/running-application.js';
import {
  type DrilledApplication,
  hostOf,
  repeat,
  type RunningDrill,
} from './drilled-application.js';

const EVENTS_EVERY_MS = 100;

/** A pipeline with one event after the other in its work, which can fail, hang, or get no event. */
async function start(): Promise<RunningDrill> {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ plugins: [pipelines()] })],
  });
  const flow = application.app
    .get(Pipelines)
    .pipeline('trades', { stalledSeconds: 2, errorRatio: 1 });
  const source = new Subject<number>();
  const faults = new Set<string>();
  const held: Subject<number>[] = [];
  const failing = flow.step('enrich', async (event: number) => {
    if (faults.has('fail')) throw new Error('no such venue');
    return event;
  });
  const store = (event: number) => {
    if (!faults.has('hang')) return of(event);
    const result = new Subject<number>();
    held.push(result);
    return result;
  };
  const run = flow
    .run(source.pipe(flow.stream('trades'), flow.concatMap('store', store), flow.stream('stored')))
    .subscribe();
  const ends = [
    repeat(EVENTS_EVERY_MS, async () => {
      if (!faults.has('silence')) source.next(0);
      await failing(0).catch(() => undefined);
    }),
  ];
  const switched = (fault: string, ...alerts: DrilledApplication['alerts']) => ({
    alerts,
    breaks: () => faults.add(fault),
    mends: () => {
      faults.delete(fault);
      for (const it of held.splice(0)) it.complete();
    },
  });
  return {
    targets: [hostOf(application.url)],
    steps: [
      [switched('fail', 'PipelineStageFailing')],
      [switched('hang', 'PipelineStageBacklog', 'PipelineUnhealthy')],
      [switched('silence', 'PipelineSilent')],
    ],
    stop: async () => {
      for (const end of ends) end();
      run.unsubscribe();
      await application.close();
    },
  };
}

/** A pipeline whose work fails, whose work hangs, and whose source goes silent. */
export const pipelinesDrill: DrilledApplication = {
  job: 'pipelines',
  alerts: ['PipelineStageFailing', 'PipelineStageBacklog', 'PipelineUnhealthy', 'PipelineSilent'],
  start,
};
