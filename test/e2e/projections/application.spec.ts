import { Injectable, Logger, type Type } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import type {
  CheckpointSource,
  HeadSource,
  ProjectionScope,
} from '../../../lib/projections/index.js';
import {
  ObservabilityModule,
  type ObservabilityModuleExtras,
  type ObservabilityOptions,
  ObservabilityService,
  Projection,
  ProjectionHealthIndicator,
  ProjectionStatus,
} from '../../../lib/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';
import { poll } from '../../system/poll.js';

Logger.overrideLogger(false);

@Injectable()
class Log implements HeadSource {
  readonly asked: (readonly ProjectionScope[])[] = [];
  head = 10;
  works = true;

  async observe(scopes: readonly ProjectionScope[]) {
    this.asked.push(scopes);
    if (!this.works) throw new Error('gone');
    return new Map(
      scopes.map(({ key, checkpoint }) => [
        key,
        { head: this.head, pendingEvents: this.head - Number(checkpoint) },
      ]),
    );
  }
}

@Injectable()
class Rows implements CheckpointSource {
  readonly committed = new Map<string, number>();

  async read(scopes: readonly ProjectionScope[]) {
    return new Map(
      scopes.map(({ key, projection }) => [key, this.committed.get(projection) ?? null]),
    );
  }
}

@Injectable()
class Revenue {
  @Projection({ name: 'revenue', filter: { eventTypes: ['OrderPaid'] } })
  async paid(_amount: number): Promise<void> {}

  @Projection({ name: 'revenue', filter: { eventTypes: ['OrderPaid'] } })
  async refunded(_amount: number): Promise<void> {}
}

@Injectable()
class Orders {
  @Projection({ name: 'orders', position: (event) => event as number })
  async placed(_position: number): Promise<void> {}
}

let running: RunningApplication | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function start(
  options: ObservabilityOptions & ObservabilityModuleExtras = {},
  handlers: readonly Type<object>[] = [Revenue, Orders],
): Promise<RunningApplication> {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot(options)],
    providers: [Log, Rows, ...handlers],
  });
  running = application;
  return application;
}

const seen = ({ app }: RunningApplication, looks: number) =>
  poll(async () => (app.get(Log).asked.length >= looks ? true : undefined), {
    what: `${looks} looks`,
    timeoutMs: 10_000,
  });

describe('projections with sources for all of them', () => {
  it('Projections with sources for all of them are asked about together, each with its own filter', async () => {
    const application = await start({ projections: { head: Log, checkpoint: Rows } });
    await seen(application, 1);
    const [scopes] = application.app.get(Log).asked;
    expect(
      scopes?.map(({ projection, filter, checkpoint }) => [projection, filter, checkpoint]),
    ).toEqual([
      ['revenue', { eventTypes: ['OrderPaid'] }, null],
      ['orders', {}, null],
    ]);
  });

  it('Projections with sources for all of them publish their lag, and nothing when the head reader is dead, which health tells', async () => {
    const clock = new ManualClock();
    const application = await start({
      clock,
      projections: { head: Log, checkpoint: Rows, periodMs: 50 },
    });
    const { app } = application;
    const log = app.get(Log);
    app.get(Rows).committed.set('revenue', 4).set('orders', 10);
    await seen(application, log.asked.length + 2);
    const lagOf = (text: string, name: string) =>
      sampleOf(text, 'eventcore_projection_lag_events', { projection_name: name });
    const { text } = await application.get('/metrics');
    expect([lagOf(text, 'revenue'), lagOf(text, 'orders')]).toEqual([6, 0]);
    log.works = false;
    await seen(application, log.asked.length + 1);
    clock.advance(1_000);
    const later = (await application.get('/metrics')).text;
    expect(later).not.toContain('eventcore_projection_lag_events{');
    expect(
      sampleOf(later, 'eventcore_projection_lag_observation_errors_total', {
        projection_name: 'revenue',
      }),
    ).toBeGreaterThan(0);
    const health = JSON.parse((await application.get('/health')).text) as {
      status: string;
      details: Record<string, unknown>;
    };
    expect(health.status).toBe('degraded');
    expect(health.details['projections']).toMatchObject({ unreadable: ['revenue', 'orders'] });
    expect(app.get(ProjectionHealthIndicator, { strict: false }).judge().level).toBe('degraded');
  });
});

describe('what a provider says of a projection before the module has looked at its handlers', () => {
  it('Early progress reported by a provider holds where the decorator says nothing', async () => {
    @Injectable()
    class Runner {
      constructor(observability: ObservabilityService) {
        observability.projection('revenue').observe({ owner: () => false });
      }
    }
    const { app } = await start({}, [Revenue, Runner]);
    const status = app.get(ProjectionStatus, { strict: false });
    expect(status.of('revenue')).toMatchObject({ owned: false });
  });
});

describe('the status of a projection', () => {
  it('The status of a projection is injected, and tells when a handler has applied a position', async () => {
    const { app } = await start();
    const status = app.get(ProjectionStatus, { strict: false });
    const wait = status.waitFor('orders', 7);
    await app.get(Orders).placed(6);
    await app.get(Orders).placed(7);
    await wait;
    expect(status.of('orders')).toMatchObject({ state: 'live', position: 7 });
  });
});

describe('a source that is none', () => {
  class Unknown {}

  it.each<[string, ObservabilityOptions, string]>([
    ['no provider', { projections: { head: Unknown } }, 'projection revenue, head'],
    ['no HeadSource', { projections: { head: Rows } }, 'has a method observe()'],
    ['no CheckpointSource', { projections: { checkpoint: Log } }, 'has a method read()'],
  ])('A source that is none stops the start: %s', async (_what, options, message) => {
    await expect(start(options)).rejects.toThrow(message);
  });

  it('A source that is none stops the start when methods of one projection disagree', async () => {
    class Torn {
      @Projection({ name: 'torn', stalledAfterMs: 1_000 })
      one(): void {}

      @Projection({ name: 'torn', stalledAfterMs: 2_000 })
      other(): void {}
    }
    Injectable()(Torn);
    await expect(start({}, [Torn])).rejects.toThrow('projection torn, stalledAfterMs = 2000');
  });
});
