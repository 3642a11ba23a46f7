import {
  pipelineMetrics,
  pipelineStageMetrics,
} from '../../metrics/catalogue/plugins/pipelines.js';
import { pipelineStreamMetrics } from '../../metrics/catalogue/plugins/pipeline-streams.js';
import { pipelineWindowMetrics } from '../../metrics/catalogue/plugins/pipeline-windows.js';
import { above, below } from '../alert-thresholds.js';
import type { Board } from '../board.js';
import { graph, stat } from '../panels.js';
import { countBy, quantile, rateBy, series, share, sumBy } from '../queries.js';

const pipeline = 'pipeline=~"$pipeline"';
const ofStage = 'pipeline, stage';
const stage = '{{pipeline}} {{stage}}';
const ofStream = 'pipeline, stream';
const stream = '{{pipeline}} {{stream}}';
const { received, emitted, errors, latency, runs, ended, active, health } = pipelineMetrics;
const { received: arrived, sent, subscribers, lastEvent, oldest } = pipelineStreamMetrics;
const { blocked, backpressure, bufferSize, bufferBytes, bufferUse } = pipelineStreamMetrics;
const { events: windowEvents, bytes: windowBytes, closed, duration: span } = pipelineWindowMetrics;
const window = '{{pipeline}} {{stage}} {{window_type}}';
const ofWindow = 'pipeline, stage, window_type';
const ofSide = 'pipeline, stream, side';
const side = '{{pipeline}} {{stream}} {{side}}';
const { in: entered, out, duration, concurrent, waiting } = pipelineStageMetrics;
const { errors: failures, oldestWaiting, utilization, dropped } = pipelineStageMetrics;

const max = (labels: string, vector: string) => `max by (${labels}) (${vector})`;

/** Pipelines of rxjs. */
export const pipelinesBoard: Board = {
  id: 'pipelines',
  title: 'Pipelines',
  description: 'Streams and stages of pipelines: throughput, waiting events, durations, failures.',
  variables: [
    {
      name: 'pipeline',
      title: 'Pipeline',
      values: { series: series(arrived), label: 'pipeline' },
    },
  ],
  rows: [
    {
      title: 'Pipelines now',
      panels: [
        stat(
          'Events in: How many events per second enter?',
          { unit: 'per second', width: 6, absent: 'no pipeline' },
          { events: rateBy('', received, pipeline) },
        ),
        stat(
          'Failed events: What share of the events fails?',
          { unit: 'ratio', width: 6, absent: 'no pipeline' },
          { failed: share(rateBy('', errors, pipeline), rateBy('', received, pipeline)) },
        ),
        stat(
          'Waiting events: How many events wait for a stage?',
          { unit: 'count', width: 6, absent: 'no stage has a limit' },
          { waiting: sumBy('', series(waiting, pipeline)) },
        ),
        stat(
          'Running pipelines: How many pipelines run?',
          { unit: 'count', width: 6, absent: 'no pipeline' },
          { active: sumBy('', series(active)) },
        ),
      ],
    },
    {
      title: 'Health',
      panels: [
        graph(
          'Health: Which pipeline is unhealthy?',
          {
            unit: 'ratio',
            width: 24,
            absent: 'no pipeline',
            threshold: below('PipelineUnhealthy', 'score'),
          },
          { '{{pipeline}}': `min by (pipeline) (${series(health, pipeline)})` },
        ),
      ],
    },
    {
      title: 'Streams',
      panels: [
        graph(
          'Throughput: How many events enter and leave each pipeline?',
          { unit: 'per second', width: 12, absent: 'no pipeline' },
          {
            '{{pipeline}} in': rateBy('pipeline', received, pipeline),
            '{{pipeline}} out': rateBy('pipeline', emitted, pipeline),
          },
        ),
        graph(
          'Events by stream: Where do events get lost?',
          { unit: 'per second', width: 12, absent: 'no stream' },
          {
            [`${stream} arrived`]: rateBy(ofStream, arrived, pipeline),
            [`${stream} sent`]: rateBy(ofStream, sent, pipeline),
          },
        ),
        graph(
          'Silence: How long ago was the last event of each stream?',
          {
            unit: 'seconds',
            width: 12,
            absent: 'no event yet',
            threshold: above('PipelineSilent', 'seconds'),
          },
          { [stream]: `time() - ${max(ofStream, series(lastEvent, pipeline))}` },
        ),
        graph(
          'Oldest event: How old is the oldest event of each stream that waits?',
          { unit: 'seconds', width: 12, absent: 'no event times and no stream of Node.js' },
          { [stream]: max(ofStream, series(oldest, pipeline)) },
        ),
        graph(
          'Latency: How old are 95 % of the events at most when they leave?',
          { unit: 'seconds', width: 12, absent: 'no event has a time' },
          { '{{pipeline}}': quantile(0.95, ['pipeline', latency, pipeline]) },
        ),
        graph(
          'Subscribers: How many subscriptions has each stream?',
          { unit: 'count', width: 12, absent: 'no stream' },
          { [stream]: sumBy(ofStream, series(subscribers, pipeline)) },
        ),
        graph(
          'Runs: How many runs are open, and how do they end?',
          { unit: 'count', width: 24, absent: 'no run is observed' },
          {
            '{{pipeline}} open': sumBy('pipeline', series(runs, pipeline)),
            '{{pipeline}} {{outcome}}': countBy('pipeline, outcome', ended, pipeline),
          },
        ),
      ],
    },
    {
      title: 'Stages',
      panels: [
        graph(
          'Events by stage: What does each stage let pass?',
          { unit: 'per second', width: 12, absent: 'no stage' },
          {
            [`${stage} in`]: rateBy(ofStage, entered, pipeline),
            [`${stage} out`]: rateBy(ofStage, out, pipeline),
          },
        ),
        graph(
          'Failures by stage: Which work fails?',
          { unit: 'per second', width: 12, absent: 'no stage has failed' },
          {
            [`${stage} {{error_type}}`]: rateBy(`${ofStage}, error_type`, failures, pipeline),
          },
        ),
        graph(
          'Duration by stage: How long does the work on 95 % of the events take at most?',
          { unit: 'seconds', width: 12, absent: 'no stage has done work' },
          { [stage]: quantile(0.95, [ofStage, duration, pipeline]) },
        ),
        graph(
          'Work in progress: How many events does each stage work on?',
          { unit: 'count', width: 12, absent: 'no stage' },
          { [stage]: sumBy(ofStage, series(concurrent, pipeline)) },
        ),
        graph(
          'Oldest waiting event: How long has the oldest event waited?',
          {
            unit: 'seconds',
            width: 12,
            absent: 'no stage has a limit',
            threshold: above('PipelineStageBacklog', 'seconds'),
          },
          { [stage]: max(ofStage, series(oldestWaiting, pipeline)) },
        ),
        graph(
          'Utilization: How much of its concurrency does each stage use?',
          { unit: 'ratio', width: 12, absent: 'no stage has a limit' },
          { [stage]: max(ofStage, series(utilization, pipeline)) },
        ),
        graph(
          'Dropped events: What is given up, and why?',
          { unit: 'per second', width: 24, absent: 'no stage gives up events' },
          { [`${stage} {{reason}}`]: rateBy(`${ofStage}, reason`, dropped, pipeline) },
        ),
      ],
    },
    {
      title: 'Windows',
      panels: [
        graph(
          'Windows: How many close?',
          { unit: 'per second', width: 12, absent: 'no windows' },
          { [window]: rateBy(ofWindow, closed, pipeline) },
        ),
        graph(
          'Events in windows: How many do the open ones have?',
          { unit: 'count', width: 12, absent: 'no windows' },
          { [window]: sumBy(ofWindow, series(windowEvents, pipeline)) },
        ),
        graph(
          'Length of windows: How long are 95 % of them at most?',
          { unit: 'seconds', width: 12, absent: 'no window has closed' },
          { [window]: quantile(0.95, [ofWindow, span, pipeline]) },
        ),
        graph(
          'Bytes of windows: How large was the latest one?',
          { unit: 'bytes', width: 12, absent: 'no stage knows the bytes' },
          { [window]: sumBy(ofWindow, series(windowBytes, pipeline)) },
        ),
      ],
    },
    {
      title: 'Backpressure of streams of Node.js and loops',
      panels: [
        graph(
          'Blocked share: What share of the time does each stream refuse events?',
          { unit: 'ratio', width: 12, absent: 'no writable stream of Node.js and no loop' },
          { [stream]: rateBy(ofStream, blocked, pipeline) },
        ),
        graph(
          'Refusals: How often does each stream begin to refuse events?',
          { unit: 'per second', width: 12, absent: 'no writable stream of Node.js' },
          { [stream]: rateBy(ofStream, backpressure, pipeline) },
        ),
        graph(
          'Buffers: How full is the fullest one?',
          { unit: 'ratio', width: 8, absent: 'no stream of Node.js' },
          { [side]: max(ofSide, series(bufferUse, pipeline)) },
        ),
        graph(
          'Buffered events: How many wait in buffers?',
          { unit: 'count', width: 8, absent: 'no stream in object mode' },
          { [side]: sumBy(ofSide, series(bufferSize, pipeline)) },
        ),
        graph(
          'Buffered bytes: How many wait in buffers?',
          { unit: 'bytes', width: 8, absent: 'no stream of bytes' },
          { [side]: sumBy(ofSide, series(bufferBytes, pipeline)) },
        ),
      ],
    },
  ],
};
