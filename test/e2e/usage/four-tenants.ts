import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Injectable, Param } from '@nestjs/common';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import { usage, type UsageOptions } from '../../../lib/usage/index.js';
import { parseTextFormat } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

/** Tenants, and the time of the event loop that a call of each takes, relative to the others. */
const WEIGHTS = { acme: 8, globex: 4, initech: 2, umbrella: 1 } as const;

type Tenant = keyof typeof WEIGHTS;

const tenants = Object.keys(WEIGHTS) as Tenant[];

/** Work in two parts around a wait. */
@Injectable()
class Work {
  readonly spentMs: Record<string, number> = {};

  @Command('Calculate')
  async calculate({ tenant }: { readonly tenant: Tenant }): Promise<string> {
    this.#burn(tenant);
    await sleep(5);
    this.#burn(tenant);
    return 'done';
  }

  /** Keeps the event loop busy. Time that another process takes meanwhile is part of it, here and in the metrics. */
  #burn(tenant: Tenant): void {
    const startMs = performance.now();
    const untilMs = startMs + WEIGHTS[tenant] / 2;
    while (performance.now() < untilMs);
    this.spentMs[tenant] = (this.spentMs[tenant] ?? 0) + performance.now() - startMs;
  }
}

@Controller('calls')
class WorkController {
  constructor(private readonly work: Work) {}

  @Get(':tenant')
  calculate(@Param('tenant') tenant: Tenant): Promise<string> {
    return this.work.calculate({ tenant });
  }
}

/** What the metrics of usage say. */
export interface SeenUsage {
  readonly calls: Readonly<Record<string, number>>;
  /** Shares of the attributed time, in percent, by tenant. */
  readonly shares: Readonly<Record<string, number>>;
  /** Shares of the time that the work has taken. */
  readonly trueShares: Readonly<Record<string, number>>;
  readonly attributedSeconds: number;
  readonly unattributedSeconds: number;
}

const sumOf = (parts: Readonly<Record<string, number>>) =>
  Object.values(parts).reduce((sum, it) => sum + it, 0);

function sharesOf(parts: Readonly<Record<string, number>>): Record<string, number> {
  const whole = sumOf(parts);
  return Object.fromEntries(Object.entries(parts).map(([it, part]) => [it, (100 * part) / whole]));
}

/** An application that works for four tenants. */
export class FourTenants {
  readonly #running: RunningApplication;

  private constructor(running: RunningApplication) {
    this.#running = running;
  }

  static async start(cpu: NonNullable<UsageOptions['cpu']>): Promise<FourTenants> {
    const tenant = (_: unknown, [command]: readonly unknown[]) =>
      (command as { readonly tenant: string }).tenant;
    const plugins = [usage({ tenant, tenants, cpu })];
    return new FourTenants(
      await RunningApplication.start({
        imports: [ObservabilityModule.forRoot({ plugins })],
        controllers: [WorkController],
        providers: [Work],
      }),
    );
  }

  /** Sends one request of each tenant at a time, again and again. */
  async work(goesOn: (round: number) => boolean): Promise<void> {
    for (let round = 0; goesOn(round); round++)
      await Promise.all(tenants.map((it) => this.#running.get(`/calls/${it}`)));
  }

  /** Closes the application, which settles what has been measured. */
  async end(): Promise<SeenUsage> {
    const { app, service } = this.#running;
    const { spentMs } = app.get(Work);
    await app.close();
    const page = parseTextFormat(await service.gather());
    const byTenant = (name: string) =>
      (page.get(name)?.samples ?? []).map(
        ({ labels, value }) => [labels['tenant'], value] as const,
      );
    const cpu = Object.fromEntries(byTenant('eventcore_usage_cpu_seconds_total'));
    return {
      calls: Object.fromEntries(byTenant('eventcore_usage_calls_total')),
      shares: sharesOf(cpu),
      trueShares: sharesOf(spentMs),
      attributedSeconds: sumOf(cpu),
      unattributedSeconds:
        page.get('eventcore_usage_cpu_unattributed_seconds_total')?.samples[0]?.value ?? Number.NaN,
    };
  }
}

/** Returns the largest difference between the share of a tenant and its true one, in points. */
export function largestError({ shares, trueShares }: SeenUsage): number {
  const errors = tenants.map((it) => Math.abs((shares[it] ?? 0) - (trueShares[it] ?? 0)));
  return Math.max(...errors);
}
