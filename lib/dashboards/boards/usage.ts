import { usageCpuMetrics, usageMetrics } from '../../metrics/catalogue/plugins/usage.js';
import type { BoardRow } from '../board.js';
import { graph } from '../panels.js';
import { rateBy, share } from '../queries.js';

const { calls, wall } = usageMetrics;
const { cpu, unattributed } = usageCpuMetrics;
const absent = 'no plugin usage()';
const notEstimated = 'no plugin usage() with cpu';

const highest = (vector: string) => `topk(10, ${vector})`;
const loopTime = `(${rateBy('', cpu)} + ${rateBy('', unattributed)})`;

/** Use of the service by tenant and handler. */
export const usageRow: BoardRow = {
  title: 'Use by tenant and handler',
  panels: [
    graph(
      'Event loop by tenant: Which tenants use the event loop? 1 is one busy process.',
      { unit: 'ratio', absent: notEstimated, stacked: true },
      { '{{tenant}}': highest(rateBy('tenant', cpu)) },
    ),
    graph(
      'Event loop by handler: Which handlers use the event loop?',
      { unit: 'ratio', absent: notEstimated, stacked: true },
      { '{{source}} {{handler}}': highest(rateBy('source, handler', cpu)) },
    ),
    graph(
      'Unattributed time: What share of the busy time does no handler explain?',
      { unit: 'ratio', absent: notEstimated },
      { unattributed: share(rateBy('', unattributed), loopTime) },
    ),
    graph(
      'Calls by tenant: Who calls how often?',
      { unit: 'per second', width: 12, absent },
      { '{{tenant}}': highest(rateBy('tenant', calls)) },
    ),
    graph(
      'Calls in progress by tenant: How many calls run at a time, waiting included?',
      { unit: 'count', width: 12, absent },
      { '{{tenant}}': highest(rateBy('tenant', wall)) },
    ),
  ],
};
