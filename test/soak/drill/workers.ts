import { RunningLeader } from '../../e2e/cluster/running-leader.js';
import type { DrilledApplication, RunningDrill } from './drilled-application.js';

interface Worker {
  readonly worker: number;
  readonly pid: number;
}

async function start(): Promise<RunningDrill> {
  const leader = new RunningLeader({ port: 0, leader: { refreshMs: 1_000, timeoutMs: 500 } });
  const port = await leader.do<number>('port');
  const hanging = await leader.do<Worker>('fork');
  const victim = await leader.do<Worker>('fork');
  return {
    targets: [`127.0.0.1:${port}`],
    steps: [
      [
        {
          alerts: ['ClusterMemberSilent'],
          breaks: () => process.kill(hanging.pid, 'SIGSTOP'),
          mends: () => process.kill(hanging.pid, 'SIGCONT'),
        },
        {
          alerts: ['ClusterMembersLost'],
          breaks: () => leader.do('end', victim.worker, 'SIGKILL'),
          mends: () => leader.do('fork'),
        },
      ],
    ],
    stop: async () => {
      process.kill(hanging.pid, 'SIGCONT');
      process.kill(hanging.pid, 'SIGKILL');
      await leader.close();
    },
  };
}

/** Workers of a cluster, one of which hangs, and one of which is killed. */
export const workersDrill: DrilledApplication = {
  job: 'workers',
  alerts: ['ClusterMemberSilent', 'ClusterMembersLost'],
  start,
};
