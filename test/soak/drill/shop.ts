import { RunningShop } from '../../system/running-shop.js';
import {
  type DrilledApplication,
  hostOf,
  repeat,
  type RunningDrill,
} from './drilled-application.js';

const SLOW_MS = 4_000;
const SETTINGS = { DEMO: 'true', PROGRESS_PERIOD_MS: '500', FAULT_RATE: '0', TRAFFIC: '20' };

async function start(): Promise<RunningDrill> {
  let shop = await RunningShop.start(SETTINGS);
  const { url } = shop;
  const endProbes = repeat(1_000, async () => (await fetch(`${url}/health`)).text());
  const faults = (body: object) => () => shop.post('/admin/faults', body);
  const reader = (order: string) => () => shop.post(`/admin/head-reader/${order}`);
  return {
    targets: [hostOf(url)],
    steps: [
      [
        [
          {
            alerts: ['CommandErrorRateHigh', 'HttpErrorRateHigh'],
            breaks: faults({ rate: 1 }),
            mends: faults({}),
          },
          {
            alerts: ['CommandLatencyHigh', 'HttpLatencyHigh'],
            breaks: faults({ delayMs: SLOW_MS }),
            mends: faults({}),
          },
        ],
        {
          alerts: ['ProjectionHeadUnreadable', 'ProjectionLagUnknown', 'HealthCheckDegraded'],
          breaks: reader('kill'),
          mends: reader('revive'),
        },
      ],
      [
        {
          alerts: ['ApplicationDown', 'ProjectionOrphaned'],
          breaks: () => shop.kill(),
          mends: async () => {
            shop = await RunningShop.start({ ...SETTINGS, PORT: new URL(url).port });
          },
        },
      ],
    ],
    stop: async () => {
      endProbes();
      await shop.kill();
    },
  };
}

/** The sample shop: failing and slow commands, a dead head reader, and the end of the process. */
export const shopDrill: DrilledApplication = {
  job: 'shop',
  alerts: [
    ...(['CommandErrorRateHigh', 'HttpErrorRateHigh', 'ProjectionHeadUnreadable'] as const),
    ...(['ProjectionLagUnknown', 'HealthCheckDegraded', 'CommandLatencyHigh'] as const),
    ...(['HttpLatencyHigh', 'ApplicationDown', 'ProjectionOrphaned'] as const),
  ],
  start,
};
