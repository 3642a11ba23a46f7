import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Injectable } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Command, currentObservation, Query } from '../../../lib/index.js';
import { RunningApplication } from '../../e2e/module/running-application.js';
import {
  type DrilledApplication,
  hostOf,
  observability,
  repeat,
  type RunningDrill,
} from './drilled-application.js';

const SLOW_MS = 2_500;
/** A client that gives up, and an answer that is later. */
const [PATIENCE_MS, ANSWER_MS] = [50, 200];
const CALLS_EVERY_MS = 200;
/** Calls that dilute the errors of the objective, whose windows are longer than the drill. */
const DILUTING = 40;

class Refused extends Error {}
class LedgerBroken extends Error {}

/** Handlers that each have one fault, while it is switched on. */
@Injectable()
class Calls {
  readonly faults = new Set<string>();
  #release: (() => void)[] = [];

  @Command('PlaceOrder')
  async fail(): Promise<void> {
    if (this.faults.has('fail')) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  }

  @Command('PayOrder')
  async hang(): Promise<void> {
    if (this.faults.has('hang')) await new Promise<void>((done) => this.#release.push(done));
  }

  @Command('CancelOrder')
  async refuse(): Promise<void> {
    if (this.faults.has('refuse')) throw new Refused();
  }

  @Command({ name: 'ShipOrder', context: true })
  async retry(): Promise<void> {
    if (this.faults.has('retry')) currentObservation()?.retry(new Error('once more'));
  }

  @Command('CloseLedger')
  async breakLedger(): Promise<void> {
    if (this.faults.has('break ledger')) throw new LedgerBroken();
  }

  @Query('GetOrder')
  async failToRead(): Promise<void> {
    if (this.faults.has('fail to read')) throw new Error('gone');
  }

  @Query('GetRevenue')
  async readSlowly(): Promise<void> {
    if (this.faults.has('read slowly')) await pause(SLOW_MS);
  }

  @Query('GetStock')
  async hangOnRead(): Promise<void> {
    if (this.faults.has('hang on read'))
      await new Promise<void>((done) => this.#release.push(done));
  }

  @OnEvent('orders.placed')
  async failToNotify(): Promise<void> {
    if (this.faults.has('fail to notify')) throw new Error('no recipient');
  }

  release(): void {
    for (const it of this.#release.splice(0)) it();
  }
}

@Controller()
class ReportsController {
  @Get('report')
  async report(): Promise<string> {
    await pause(ANSWER_MS);
    return 'report';
  }
}

async function start(): Promise<RunningDrill> {
  const application = await RunningApplication.start({
    imports: [
      observability({
        rejections: [Refused],
        criticalErrors: [LedgerBroken],
      }),
      EventEmitterModule.forRoot(),
    ],
    controllers: [ReportsController],
    providers: [Calls],
  });
  const calls = application.app.get(Calls);
  const { faults } = calls;
  let diluting = 1;
  let isPatient = true;
  const ends = [
    ...[
      ...[calls.hang, calls.refuse, calls.retry, calls.breakLedger],
      ...[calls.failToRead, calls.readSlowly, calls.hangOnRead],
    ].map((it) => repeat(CALLS_EVERY_MS, () => it.call(calls))),
    repeat(CALLS_EVERY_MS, async () => {
      for (let i = 0; i < diluting; i++) await calls.fail();
    }),
    repeat(CALLS_EVERY_MS, () => application.app.get(EventEmitter2).emit('orders.placed')),
    repeat(CALLS_EVERY_MS, async () => {
      const signal = AbortSignal.timeout(isPatient ? 10_000 : PATIENCE_MS);
      await (await fetch(`${application.url}/report`, { signal })).text();
    }),
  ];
  const switched = (fault: string, ...alerts: readonly DrilledApplication['alerts'][number][]) => ({
    alerts,
    breaks: () => faults.add(fault),
    mends: () => {
      faults.delete(fault);
      if (fault.startsWith('hang')) calls.release();
      if (fault === 'fail') diluting = DILUTING;
    },
  });
  return {
    targets: [hostOf(application.url)],
    steps: [
      [
        switched('fail', 'ErrorBudgetBurnFast', 'ErrorBudgetBurnSlow'),
        switched('hang', 'CommandsStuck'),
        switched('refuse', 'CommandRejectionRateHigh'),
        switched('retry', 'CommandRetryStorm'),
        switched('break ledger', 'CriticalErrors'),
        switched('fail to read', 'QueryErrorRateHigh'),
        switched('read slowly', 'QueryLatencyHigh'),
        switched('hang on read', 'QueriesStuck'),
        switched('fail to notify', 'MessageErrorRateHigh'),
        {
          alerts: ['HttpClientsLeaving'],
          breaks: () => (isPatient = false),
          mends: () => (isPatient = true),
        },
      ],
    ],
    stop: async () => {
      for (const end of ends) end();
      calls.release();
      await application.close();
    },
  };
}

/** Commands, queries, events and requests: each handler has one fault. */
export const callsDrill: DrilledApplication = {
  job: 'calls',
  alerts: [
    ...(['ErrorBudgetBurnFast', 'ErrorBudgetBurnSlow', 'CommandsStuck'] as const),
    ...(['CommandRejectionRateHigh', 'CommandRetryStorm', 'CriticalErrors'] as const),
    ...(['QueryErrorRateHigh', 'QueryLatencyHigh', 'QueriesStuck', 'HttpClientsLeaving'] as const),
    'MessageErrorRateHigh',
  ],
  start,
};
