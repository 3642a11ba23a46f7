import {
  pipelineMetrics,
  pipelineStageMetrics,
} from '../../metrics/catalogue/plugins/pipelines.js';
import { pipelineStreamMetrics } from '../../metrics/catalogue/plugins/pipeline-streams.js';
import { alert } from '../alert-definition.js';
import { digits, grows, ratioFires, ratioStaysQuiet, stays } from '../examples.js';
import { minimumCalls, ratioAbove } from '../expressions.js';

const { in: arrived, errors, oldestWaiting } = pipelineStageMetrics;
const { health } = pipelineMetrics;
const { lastEvent, subscribers } = pipelineStreamMetrics;
const ofStage = 'pipeline="trades",stage="enrich"';
const ofStream = 'pipeline="trades",stream="trades"';
const failures = {
  part: `${errors.name}{${ofStage},error_type="Error"}`,
  whole: `${arrived.name}{${ofStage}}`,
};
const oldest = `${oldestWaiting.name}{${ofStage}}`;
const stage = ['pipeline', 'stage'] as const;

/** Alerts on pipelines. */
export const pipelineAlerts = {
  PipelineUnhealthy: alert({
    severity: 'warning',
    for: '2m',
    parameters: {
      score: { unit: 'ratio', default: 0.5, description: 'lowest score of a healthy pipeline' },
    },
    expr: ({ score }, { by }) => `min ${by('pipeline')} (${health.name}) < ${score}`,
    labels: ['job', 'pipeline'],
    summary: 'Pipeline {{ $labels.pipeline }} is unhealthy',
    description:
      'The health of pipeline {{ $labels.pipeline }} is {{ $value | humanizePercentage }}; a healthy one has at least {score}. GET /health names the factor and the stage.',
    runbook: {
      means:
        'The lowest factor of the health of a pipeline has been below {score} for two minutes: errors, waiting events, a stage that finishes nothing, a stream that takes nothing, latency or backpressure.',
      impact: 'Results are late or missing. The readiness of the process does not change.',
      look: [
        'The reason, which names the stage or the stream: `reason` of the check `pipeline_<name>` in `GET /health`.',
        'Work that does not end: `eventcore_pipeline_stage_concurrent` beside `rate(eventcore_pipeline_stage_events_out_total[5m])`.',
        'Waiting events: `eventcore_pipeline_stage_oldest_waiting_seconds`.',
      ],
      act: [
        'Restore what the stage waits for, and give its work a time limit.',
        'Raise `stalledSeconds` of the pipeline if the work of a stage takes that long.',
      ],
    },
    firing: ({ score }) =>
      score === 0
        ? undefined
        : { [`${health.name}{pipeline="trades"}`]: `1x2 ${stays(0.4 * score)}` },
    quiet: ({ score }) => ({
      [`${health.name}{pipeline="trades"}`]: `1x2 ${digits(0.4 * score)} ${stays((1 + score) / 2)}`,
    }),
    drill: 'The work of a stage does not end.',
  }),
  PipelineStageFailing: alert({
    severity: 'critical',
    for: '5m',
    keepFiringFor: '10m',
    parameters: {
      ratio: { unit: 'ratio', default: 0.05, description: 'ratio of failed to arrived events' },
      calls: minimumCalls,
    },
    expr: ({ ratio, calls }, { by }) =>
      ratioAbove({
        part: errors.name,
        whole: arrived.name,
        by: by(...stage),
        above: ratio,
        calls,
      }),
    labels: ['job', ...stage],
    summary: 'Stage {{ $labels.stage }} of {{ $labels.pipeline }} fails',
    description:
      '{{ $value | humanizePercentage }} of the events that arrive at stage {{ $labels.stage }} of pipeline {{ $labels.pipeline }} fail; the limit is {ratio}.',
    runbook: {
      means: 'More than {ratio} of the events of one stage have failed for five minutes.',
      impact:
        'Failed events are lost, or the pipeline ends with the first of them and starts again.',
      look: [
        'The error types: `sum by (stage, error_type) (increase(eventcore_pipeline_stage_errors_total[5m]))`.',
        'Runs that end: `eventcore_pipeline_runs_total{outcome="failed"}`.',
        'Traces of failed events: their span is `pipeline <pipeline> <stage>`.',
      ],
      act: ['Restore the dependency that the error types name.', 'Roll the last deployment back.'],
    },
    firing: ({ ratio, calls }) => ratioFires({ ...failures, ratio, calls }),
    quiet: ({ ratio, calls }) => ratioStaysQuiet({ ...failures, ratio, calls }),
    drill: 'A dependency of the stage refuses every request.',
  }),
  PipelineStageBacklog: alert({
    severity: 'warning',
    for: '5m',
    parameters: {
      seconds: { unit: 'seconds', default: 60, description: 'wait of the oldest event' },
    },
    expr: ({ seconds }, { by }) => `max ${by(...stage)} (${oldestWaiting.name}) > ${seconds}`,
    labels: ['job', ...stage],
    summary: 'Events wait for stage {{ $labels.stage }} of {{ $labels.pipeline }}',
    description:
      'The oldest event has been waiting for stage {{ $labels.stage }} of pipeline {{ $labels.pipeline }} for {{ $value | humanizeDuration }}; the limit is {seconds}.',
    runbook: {
      means:
        'For five minutes the oldest event that waits for a stage has waited longer than {seconds}: events arrive faster than the stage works.',
      impact: 'Results are late, and the events that wait take memory.',
      look: [
        'The stage at its limit: `eventcore_pipeline_stage_utilization_ratio` is 1.',
        'Its work: `eventcore_pipeline_stage_duration_seconds` against an hour ago.',
        'A burst at the input: `rate(eventcore_pipeline_events_received_total[5m])`.',
      ],
      act: [
        'Speed up what the stage waits for, or raise its concurrency.',
        'Drop or sample events if they may be lost: `exhaustMap`, `auditTime`.',
      ],
    },
    firing: ({ seconds }) => ({ [oldest]: grows(seconds) }),
    quiet: ({ seconds }) => ({
      [oldest]: [1, 2, 3, 4].map(() => grows(seconds / 6, 0, 5)).join(' '),
    }),
    drill: 'The work of the stage does not end.',
  }),
  PipelineSilent: alert({
    severity: 'warning',
    for: '5m',
    parameters: {
      seconds: { unit: 'seconds', default: 600, description: 'time since the last event' },
    },
    expr: ({ seconds }, { by, on }) =>
      `(time() - max ${by('pipeline', 'stream')} (${lastEvent.name}) > ${seconds})\n` +
      `and ${on('pipeline', 'stream')} (sum ${by('pipeline', 'stream')} (${subscribers.name}) > 0)`,
    labels: ['job', 'pipeline', 'stream'],
    summary: 'Stream {{ $labels.stream }} of {{ $labels.pipeline }} is silent',
    description:
      'Stream {{ $labels.stream }} of pipeline {{ $labels.pipeline }} has subscribers, and its last event is {{ $value | humanizeDuration }} old; the limit is {seconds}.',
    runbook: {
      means:
        'A stream of a pipeline has subscribers, and has had no event for {seconds}. Raise the limit for a stream that is silent at times.',
      impact: 'Results are missing, and nothing fails that would tell.',
      look: [
        'The first silent stream of the pipeline, from its input on: what is before it is the cause.',
        'The source of the input: broker, socket, timer.',
        'A stage whose work does not end: `eventcore_pipeline_stage_concurrent`.',
      ],
      act: ['Restart the source, or subscribe again.', 'Give the work of the stage a time limit.'],
    },
    firing: ({ seconds }) => ({
      [`${lastEvent.name}{${ofStream}}`]: stays(-seconds),
      [`${subscribers.name}{${ofStream}}`]: '1x30',
    }),
    quiet: ({ seconds }) => ({
      [`${lastEvent.name}{${ofStream}}`]: stays(-seconds),
      [`${subscribers.name}{${ofStream}}`]: '0x30',
    }),
    drill: 'The source of the pipeline goes silent.',
  }),
} as const;
