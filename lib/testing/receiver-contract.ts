import assert from 'node:assert/strict';
import type {
  AlertNotification,
  AlertReceiver,
  OpenReceiver,
} from '../alerts/receivers/alert-receiver.js';
import type { ContractCase } from './exporter-contract.js';
import { ManualClock } from './manual-clock.js';

/** A receiver with a target of the test. */
export interface ReceiverHarness {
  /** The receiver. */
  readonly receiver: AlertReceiver;
  /** Sets whether the target takes notifications or refuses them for now. Initially it takes them. */
  target(state: 'taking' | 'refusing'): void | Promise<void>;
  /** Returns the number of notifications that the target took. */
  taken(): number | Promise<number>;
  /** Closes the target. */
  close?(): void | Promise<void>;
}

/** Options of {@link receiverContract}. */
export interface ReceiverContractOptions {
  /** Makes a receiver and its target. Called once per case. */
  create(): ReceiverHarness | Promise<ReceiverHarness>;
  /** Texts that no error may contain, such as keys and addresses. @defaultValue none */
  readonly secrets?: readonly string[];
}

/**
 * Returns the contract of alert receivers as cases for any test runner.
 *
 * @example
 * ```ts
 * import { receiverContract, type ReceiverHarness } from '@eventcore/nestjs-observability/testing';
 *
 * declare const it: (title: string, run: () => Promise<void>) => void;
 * declare const pagerWithTarget: () => ReceiverHarness;
 *
 * for (const { title, run } of receiverContract({ create: pagerWithTarget })) it(title, run);
 * ```
 */
export function receiverContract(options: ReceiverContractOptions): readonly ContractCase[] {
  return contract.map(({ title, check }) => ({
    title,
    skip: undefined,
    run: async () => {
      const harness = await options.create();
      const open = await harness.receiver.open({
        clock: new ManualClock(),
        serviceName: 'contract',
        report: (error) => {
          throw error;
        },
      });
      try {
        await check({ ...options, harness, open });
      } finally {
        await open.close?.();
        await harness.close?.();
      }
    },
  }));
}

interface Trial extends ReceiverContractOptions {
  readonly harness: ReceiverHarness;
  readonly open: OpenReceiver;
}

interface ContractRule {
  readonly title: string;
  check(trial: Trial): Promise<void>;
}

const LIMIT_MS = 5_000;
const NAME = /^[\w-]{1,64}$/;

const contract: readonly ContractRule[] = [
  {
    title: 'The receiver has a name for routes and metrics',
    check: async ({ harness }) => assert.match(harness.receiver.name, NAME),
  },
  {
    title: 'The receiver delivers a firing group and its end',
    check: async (trial) => {
      await send(trial, notificationOf('firing'));
      const { sendsResolved = true } = trial.harness.receiver;
      if (sendsResolved) await send(trial, notificationOf('resolved'));
      assert.equal(await trial.harness.taken(), sendsResolved ? 2 : 1);
    },
  },
  {
    title: 'The receiver delivers texts of any length and with any character',
    check: async (trial) => {
      await send(trial, notificationOf('firing', '"<&>\\\n\u0000ä😀'.repeat(5_000)));
      assert.equal(await trial.harness.taken(), 1);
    },
  },
  {
    title:
      'The receiver rejects while its target refuses, shows no secret, and delivers afterwards',
    check: async (trial) => {
      const { harness, secrets = [] } = trial;
      await harness.target('refusing');
      await assert.rejects(send(trial, notificationOf('firing')), (error: Error) => {
        const shown = `${String(error)} ${error.stack ?? ''} ${JSON.stringify(error)}`;
        for (const it of secrets) assert(!shown.includes(it), 'the error shows a secret');
        return true;
      });
      await harness.target('taking');
      await send(trial, notificationOf('firing'));
      assert.equal(await harness.taken(), 1);
    },
  },
];

function send({ open }: Trial, notification: AlertNotification): Promise<void> {
  return open.send(notification, AbortSignal.timeout(LIMIT_MS));
}

function notificationOf(status: 'firing' | 'resolved', text = 'Contract'): AlertNotification {
  const labels = { alertname: 'Contract', severity: 'critical', text };
  const annotations = { summary: text, value: '1' };
  const startsAtMs = Date.UTC(2026, 0, 1);
  const ended = status === 'resolved' && { endsAtMs: startsAtMs + 60_000 };
  return {
    receiver: 'contract',
    status,
    groupKey: 'contract/0/{}:{alertname="Contract"}',
    groupLabels: { alertname: 'Contract' },
    commonLabels: labels,
    commonAnnotations: annotations,
    alerts: [
      {
        status,
        name: 'Contract',
        severity: 'critical',
        labels,
        annotations,
        startsAtMs,
        ...ended,
        value: 1,
        fingerprint: '0123456789abcdef',
        generatorUrl: '',
      },
    ],
    truncatedAlerts: 0,
    externalUrl: '',
  };
}
