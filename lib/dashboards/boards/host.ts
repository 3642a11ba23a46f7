import type { BoardRow } from '../board.js';
import { foreignMetrics } from '../foreign-metrics.js';
import { graph } from '../panels.js';
import { sumBy } from '../queries.js';

const { nodeCpu, nodeLoad, nodeMemory, nodeMemoryAvailable, nodeReceived, nodeSent } =
  foreignMetrics;
const { nodeDiskFree, nodeDiskSize, nodeDiskRead, nodeDiskWritten } = foreignMetrics;
const absent = 'needs node_exporter';

// node_exporter is a job of its own, so that the scope of the board does not apply.
function host({ name }: { readonly name: string }, matchers?: string): string {
  return `${name}{instance=~"$node"${matchers === undefined ? '' : `, ${matchers}`}}`;
}

function perSecond(metric: { readonly name: string }, matchers: string): string {
  return sumBy('instance', `rate(${host(metric, matchers)}[$__rate_interval])`);
}

const DISKS = 'fstype!~"tmpfs|overlay|squashfs|ramfs"';

/** Metrics of the machine, from node_exporter. */
export const hostRow: BoardRow = {
  title: 'Host (node_exporter)',
  collapsed: true,
  panels: [
    graph(
      'CPU of the host: What share of the processor time of the machine is used?',
      { unit: 'ratio', absent },
      {
        '{{instance}}': `1 - avg by (instance) (rate(${host(nodeCpu, 'mode="idle"')}[$__rate_interval]))`,
      },
    ),
    graph(
      'Load of the host: How many processes want to run, over 5 minutes?',
      { unit: 'count', absent },
      { '{{instance}}': host(nodeLoad) },
    ),
    graph(
      'Memory of the host in use: What share of the memory of the machine is not available?',
      { unit: 'ratio', absent },
      { '{{instance}}': `1 - ${host(nodeMemoryAvailable)} / ${host(nodeMemory)}` },
    ),
    graph(
      'Disk in use: Which file system is full?',
      { unit: 'ratio', absent },
      {
        '{{instance}} {{mountpoint}}': `1 - ${host(nodeDiskFree, DISKS)} / ${host(nodeDiskSize, DISKS)}`,
      },
    ),
    graph(
      'Disk traffic: How much is read and written?',
      { unit: 'bytes per second', absent },
      {
        'read {{instance}}': perSecond(nodeDiskRead, 'device!=""'),
        'written {{instance}}': perSecond(nodeDiskWritten, 'device!=""'),
      },
    ),
    graph(
      'Network traffic: How much is received and sent, without the loopback device?',
      { unit: 'bytes per second', absent },
      {
        'received {{instance}}': perSecond(nodeReceived, 'device!="lo"'),
        'sent {{instance}}': perSecond(nodeSent, 'device!="lo"'),
      },
    ),
  ],
};
