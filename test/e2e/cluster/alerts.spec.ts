import { afterAll, expect, it, vi } from 'vitest';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { WebhookReceiver } from '../alerting/webhook-receiver.js';
import { RunningLeader, work } from './running-leader.js';

// Every worker is a process with an application of its own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const ORDERS_OF_ALL = 6;
const closing: { close(): unknown }[] = [];

afterAll(async () => {
  for (const it of closing.splice(0)) await it.close();
});

interface Notification {
  readonly status: string;
  readonly alerts: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

it('In a cluster, only the aggregating process evaluates: one notification with the sum over all workers', async () => {
  const receiver = await WebhookReceiver.start();
  const port = await freePort();
  const alerts = {
    url: receiver.url,
    intervalMs: 500,
    groupWait: '0s',
    rules: [
      { name: 'AllOrders', query: `sum by (job) (eventcore_commands_total) >= ${ORDERS_OF_ALL}` },
      // A worker that evaluated its own orders would tell this one as well.
      { name: 'AnyOrders', query: 'sum by (job) (eventcore_commands_total) > 0' },
    ],
  };
  const leader = new RunningLeader({ port, alerts, leader: { refreshMs: 500 } });
  closing.push(leader, receiver);
  for (let i = 0; i < 3; i++) await leader.do('fork');
  const workers = new Set<number>();
  for (let i = 0; i < ORDERS_OF_ALL; i++) workers.add((await work(port, { orders: 1 })).worker);
  expect(workers.size).toBe(3);

  const notificationsOf = (alertname: string) =>
    receiver
      .bodiesAt<Notification>('/aggregator')
      .filter(({ alerts: all }) => all.some(({ labels }) => labels['alertname'] === alertname));
  const told = async () => notificationsOf('AllOrders')[0];
  const { status, alerts: firing } = await poll(told, {
    what: 'the notification',
    timeoutMs: 60_000,
  });
  expect(status).toBe('firing');
  expect(firing).toMatchObject([
    {
      labels: { alertname: 'AllOrders', job: 'shop' },
      annotations: { value: String(ORDERS_OF_ALL) },
    },
  ]);

  const evaluations = async () => {
    const text = await leader.do<string>('render');
    return Number(/alert_evaluations_total\{.*outcome="success".*\} (\d+)/.exec(text)?.[1]);
  };
  const before = await evaluations();
  expect(before).toBeGreaterThan(0);
  const isLater = async () => ((await evaluations()) > before + 5 ? true : undefined);
  await poll(isLater, { what: 'five more evaluations', timeoutMs: 60_000 });
  expect(new Set(receiver.received.map(({ path }) => path))).toEqual(new Set(['/aggregator']));
  for (const it of ['AllOrders', 'AnyOrders']) expect(notificationsOf(it)).toHaveLength(1);
});
