import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type DrillFault,
  type DrilledApplication,
  hostOf,
  type RunningDrill,
} from './drilled-application.js';
import { RunningProcess } from './running-process.js';

/** Longer than a scrape, so that each start is seen. */
const LIFE_MS = 2_500;

/** A fault of a process by one order. */
function drillOf(
  job: string,
  { alerts, scrapeMs }: { alerts: DrillFault['alerts']; scrapeMs?: number },
  [order, details]: readonly [order: string, details: object],
): DrilledApplication {
  const start = async (): Promise<RunningDrill> => {
    const it = await RunningProcess.start();
    const fault = {
      alerts,
      breaks: () => it.order(order, details),
      mends: () => it.order('mend'),
    };
    return {
      targets: [hostOf(it.url)],
      ...(scrapeMs !== undefined && { scrapeMs }),
      steps: [[fault]],
      stop: () => it.kill(),
    };
  };
  return { job, alerts, start };
}

/** Outbound requests are those of a whole process: one that shares the drill's would see the requests of the drill. */
async function startSending(): Promise<RunningDrill> {
  let breaksOff = false;
  const other = createServer((_request, response) => {
    if (breaksOff) response.destroy();
    else response.end('ok');
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const running = await RunningProcess.start();
  running.order('send', { to: `http://127.0.0.1:${(other.address() as AddressInfo).port}` });
  return {
    targets: [hostOf(running.url)],
    steps: [
      [
        {
          alerts: ['OutboundErrorRateHigh'],
          breaks: () => (breaksOff = true),
          mends: () => (breaksOff = false),
        },
      ],
    ],
    stop: async () => {
      await running.kill();
      other.close();
    },
  };
}

async function startRestarting(): Promise<RunningDrill> {
  let running = await RunningProcess.start();
  const { url } = running;
  const startAgain = async () => {
    running = await RunningProcess.start(Number(new URL(url).port));
  };
  let fault = new AbortController();
  let restarts = Promise.resolve();
  const restartAgainAndAgain = async ({ signal }: AbortController) => {
    while (!signal.aborted) {
      await pause(LIFE_MS);
      await running.kill();
      await startAgain();
    }
  };
  return {
    targets: [hostOf(url)],
    steps: [
      [
        {
          alerts: ['ApplicationRestarting'],
          breaks: () => {
            fault = new AbortController();
            restarts = restartAgainAndAgain(fault);
          },
          mends: () => {
            fault.abort();
            return restarts;
          },
        },
      ],
      [{ alerts: ['ApplicationAbsent'], breaks: () => running.kill(), mends: startAgain }],
    ],
    stop: async () => {
      fault.abort();
      await restarts;
      await running.kill();
    },
  };
}

/** The job whose absence is an alert. */
export const LONELY_JOB = 'lonely';

/** Processes that are overloaded, restarted and gone, and one whose requests fail. */
export const processDrills: readonly DrilledApplication[] = [
  drillOf(
    'blocked',
    // A scrape waits for its turn several times.
    { alerts: ['EventLoopDelayHigh', 'EventLoopSaturated', 'ScrapeSlow'], scrapeMs: 4_000 },
    ['block', { blockedMs: 400, everyMs: 402 }],
  ),
  drillOf('growing', { alerts: ['MemoryHigh', 'MemoryForecast'] }, [
    'grow',
    { stepMebibytes: 2, mostMebibytes: 1_150 },
  ]),
  drillOf('collecting', { alerts: ['GcPauseHigh'] }, [
    'collect',
    { objects: 150_000, everyMs: 250 },
  ]),
  { job: 'sending', alerts: ['OutboundErrorRateHigh'], start: startSending },
  {
    job: LONELY_JOB,
    alerts: ['ApplicationRestarting', 'ApplicationAbsent'],
    start: startRestarting,
  },
];
