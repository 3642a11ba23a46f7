import { systemMetrics } from '../../metrics/catalogue/system.js';
import { alert } from '../alert-definition.js';
import { digits, grows, ratioOver, stays } from '../examples.js';

const { memory, uptime, eventLoopDelay, eventLoopUtilization, collections } = systemMetrics;
const GIBIBYTE = 1_073_741_824;
const instance = ['job', 'instance'];
const of = '{{ $labels.job }} on {{ $labels.instance }}';
const rss = `${memory.name}{component="rss"}`;
const delay = `${eventLoopDelay.name}{quantile="0.99"}`;
const memoryLimit = {
  unit: 'bytes',
  default: 2 * GIBIBYTE,
  description: 'resident memory of the process; set it below the limit of the container',
} as const;
const blockers =
  'What blocks the event loop: `node --cpu-prof`, large JSON, a synchronous loop, a regular expression.';

/** Alerts on the Node.js process. */
export const runtimeAlerts = {
  MemoryHigh: alert({
    severity: 'warning',
    for: '5m',
    keepFiringFor: '5m',
    parameters: { bytes: memoryLimit },
    expr: ({ bytes }) => `min_over_time(${rss}[5m]) > ${bytes}`,
    labels: [...instance, 'component'],
    summary: `${of} uses much memory`,
    description: 'Its resident memory is {{ $value | humanize1024 }}B; the limit is {bytes}.',
    runbook: {
      means: 'The resident memory of the process has not been below {bytes} for ten minutes.',
      impact:
        'None yet. Near the limit of the container, garbage collection slows the process, and the kernel ends it.',
      look: [
        `Which part grows: \`${memory.name}\` by \`component\`.`,
        'Series per metric: `eventcore_observability_series`.',
        'A heap snapshot: `kill -USR2` with `node --heapsnapshot-signal=SIGUSR2`.',
      ],
      act: [
        'Restart the instance before the kernel does.',
        'Raise the limit, and the parameter `bytes` with it, if the demand is real.',
      ],
    },
    firing: ({ bytes }) => ({ [rss]: stays(1.5 * bytes) }),
    quiet: ({ bytes }) => ({
      [rss]: `${stays(bytes / 4, 10)} ${digits(1.5 * bytes)} ${stays(bytes / 4, 19)}`,
    }),
    drill: 'The process keeps more memory than the parameter allows.',
  }),
  MemoryForecast: alert({
    severity: 'info',
    for: '15m',
    parameters: {
      bytes: memoryLimit,
      seconds: {
        unit: 'seconds',
        default: 14_400,
        description: 'time until the limit is reached at the present rise',
      },
      uptime: {
        unit: 'seconds',
        default: 5_400,
        description: 'age of the process from which on the alert judges its rise',
      },
    },
    // The rise after a start says nothing.
    expr: ({ bytes, seconds, uptime: least }) =>
      `(predict_linear(${rss}[1h], ${seconds}) > ${bytes})\n` +
      `and on (job, instance) (min_over_time(${uptime.name}[5m]) > ${least})`,
    labels: [...instance, 'component'],
    summary: `${of} runs out of memory`,
    description:
      'In {seconds} it will use {{ $value | humanize1024 }}B at its present rise; the limit is {bytes}.',
    runbook: {
      means:
        'If the resident memory goes on rising as within the last hour, it reaches {bytes} within {seconds}. A process is judged after {uptime}: the rise after a start says nothing.',
      impact: 'None yet.',
      look: [
        'The course over a day: does it fall at night?',
        `Which part grows: \`${memory.name}\` by \`component\`.`,
      ],
      act: ['Find the leak with two heap snapshots, one hour apart.'],
    },
    firing: ({ bytes, seconds, uptime: least }) => ({
      [rss]: grows((60 * bytes) / seconds, bytes / 2),
      [uptime.name]: grows(60, least + 3_600),
    }),
    quiet: ({ bytes, seconds, uptime: least }) => ({
      [rss]: grows((60 * bytes) / seconds, bytes / 2),
      [uptime.name]: grows(Math.min(60, least / 60)),
    }),
    drill: 'The process keeps more memory every second.',
  }),
  EventLoopDelayHigh: alert({
    severity: 'warning',
    for: '5m',
    keepFiringFor: '5m',
    parameters: {
      seconds: {
        unit: 'seconds',
        default: 0.2,
        description: '99th percentile of the event loop delay',
      },
    },
    expr: ({ seconds }) =>
      `min_over_time(${eventLoopDelay.name}{quantile="0.99"}[5m]) > ${seconds}`,
    labels: [...instance, 'quantile'],
    summary: `The event loop of ${of} is late`,
    description:
      'Timers and requests wait {{ $value | humanizeDuration }}; the limit is {seconds}.',
    runbook: {
      means:
        'For ten minutes the 99th percentile of the event loop delay has not been below {seconds}: synchronous work blocks the process.',
      impact: 'Every request of this instance is late, health checks included.',
      look: [blockers, 'Garbage collection pauses; memory near its limit.'],
      act: [
        'Move the work to a worker thread, or divide it.',
        'Add instances if it is plain load.',
      ],
    },
    firing: ({ seconds }) => ({ [delay]: stays(2 * seconds) }),
    quiet: ({ seconds }) => ({
      [delay]: `${stays(seconds / 20, 10)} ${digits(4 * seconds)} ${stays(seconds / 20, 19)}`,
    }),
    drill: 'Synchronous work blocks the process again and again.',
  }),
  EventLoopSaturated: alert({
    severity: 'critical',
    for: '5m',
    keepFiringFor: '5m',
    parameters: {
      ratio: { unit: 'ratio', default: 0.95, description: 'time in which the event loop is busy' },
    },
    expr: ({ ratio }) => `min_over_time(${eventLoopUtilization.name}[5m]) > ${ratio}`,
    labels: instance,
    summary: `${of} is at its limit`,
    description:
      'Its event loop is busy for {{ $value | humanizePercentage }} of the time; the limit is {ratio}.',
    runbook: {
      means: 'For ten minutes the event loop has had no pause: one thread cannot do more.',
      impact: 'Latency rises with every further request, and probes may fail.',
      look: ['The rate of requests and commands: is it unusual?', blockers],
      act: ['Add instances or processes of a cluster.', 'Refuse part of the load.'],
    },
    firing: ({ ratio }) => {
      const busy = ratioOver(ratio);
      return busy === undefined ? undefined : { [eventLoopUtilization.name]: stays(busy) };
    },
    quiet: ({ ratio }) => {
      const pauses = Array.from({ length: 6 }, () => `1x4 ${digits(ratio / 2)}`);
      return { [eventLoopUtilization.name]: pauses.join(' ') };
    },
    drill: 'Synchronous work occupies the process.',
  }),
  GcPauseHigh: alert({
    severity: 'warning',
    for: '10m',
    keepFiringFor: '5m',
    parameters: {
      ratio: { unit: 'ratio', default: 0.1, description: 'time spent in garbage collection' },
    },
    expr: ({ ratio }) => `sum without (kind) (rate(${collections.name}_sum[5m])) > ${ratio}`,
    labels: instance,
    summary: `${of} mostly collects garbage`,
    description:
      '{{ $value | humanizePercentage }} of its time is garbage collection; the limit is {ratio}.',
    runbook: {
      means:
        'Garbage collection has taken more than {ratio} of the time for ten minutes. Where prom-client measures it, this alert has no data.',
      impact:
        'Every request is late. Often it is the last stage before the process runs out of memory.',
      look: [
        'Heap in use against `--max-old-space-size`.',
        'A handler that allocates much: `node --heap-prof`.',
      ],
      act: ['Restart the instance.', 'Raise `--max-old-space-size`, or find the leak.'],
    },
    firing: ({ ratio }) => {
      const share = ratioOver(ratio);
      return share === undefined
        ? undefined
        : { [`${collections.name}_sum{kind="major"}`]: grows(60 * share) };
    },
    quiet: ({ ratio }) => ({ [`${collections.name}_sum{kind="minor"}`]: grows(10 * ratio) }),
    drill: 'A small heap is kept full.',
  }),
} as const;
