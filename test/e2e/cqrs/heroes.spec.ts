import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { CommandBus, EventBus } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { trace } from '@opentelemetry/api';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { traceContext } from '../../../lib/tracing/http/trace-context-middleware.js';
import { registerTracing } from '../../unit/tracing/context/registered-tracing.js';
import { Chronicle, DropItemHandler, FameHandler, KillDragonHandler } from './heroes/handlers.js';
import { Hero, HeroRepository } from './heroes/hero.js';
import { HeroesModule } from './heroes/heroes.module.js';
import { DropItemCommand, KillDragonCommand } from './heroes/messages.js';

let app: INestApplication;

const OBSERVABILITY = () => [ObservabilityModule.forRoot({ health: false })];

async function start(
  imports: NonNullable<ModuleMetadata['imports']>,
  prepare: (app: INestApplication) => void = () => undefined,
): Promise<void> {
  const testing = await Test.createTestingModule({ imports: [HeroesModule, ...imports] }).compile();
  app = testing.createNestApplication({ logger: false });
  prepare(app);
  await app.init();
}

const kill = (hero = 'siegfried') =>
  request(app.getHttpServer()).post(`/heroes/${hero}/kill`).send({ dragonId: 'fafnir' });

const hero = async () =>
  (await request(app.getHttpServer()).get('/heroes/siegfried')).body as { items: string[] };

/** The saga waits before it drops the item. */
const itemFound = () => vi.waitFor(() => expect(app.get(FameHandler).fame).toBe(11));

describe.each([
  ['without observability', () => []],
  ['with observability', OBSERVABILITY],
])('the heroes application %s', (_, imports) => {
  beforeEach(() => start(imports()));
  afterEach(async () => {
    vi.restoreAllMocks();
    await app.close();
  });

  it('The heroes application kills a dragon', async () => {
    const answer = await kill();
    expect([answer.status, answer.body]).toEqual([201, { kills: 1 }]);
    expect(app.get(Chronicle).lines).toEqual(['siegfried killed fafnir']);
  });

  it('The heroes application drops an item when a dragon was killed', async () => {
    await kill();
    await itemFound();
    expect(await hero()).toEqual({ id: 'siegfried', kills: ['fafnir'], items: ['ancient sword'] });
  });

  it('The heroes application answers 404 for an unknown hero', async () => {
    expect((await kill('nobody')).status).toBe(404);
  });

  it('The heroes application lets a test spy on handlers and buses', async () => {
    const execute = vi.spyOn(app.get(KillDragonHandler), 'execute').mockResolvedValue(7);
    const publish = vi.spyOn(app.get(EventBus), 'publishAll');
    expect((await kill()).body).toEqual({ kills: 7 });
    expect(execute).toHaveBeenCalledWith(new KillDragonCommand('siegfried', 'fafnir'));
    expect(publish).not.toHaveBeenCalled();
    execute.mockRestore();
    await kill();
    expect(publish).toHaveBeenNthCalledWith(1, expect.any(Array), expect.any(Hero), undefined);
  });

  it('The heroes application lets a test spy on prototypes before the application starts', async () => {
    const execute = vi.spyOn(DropItemHandler.prototype, 'execute').mockResolvedValue();
    await start(imports());
    await app.get(CommandBus).execute(new DropItemCommand('siegfried', 'ring'));
    expect(execute).toHaveBeenCalledWith(new DropItemCommand('siegfried', 'ring'));
    expect((await app.get(HeroRepository).find('siegfried')).items).toEqual([]);
    execute.mockRestore();
    await app.get(CommandBus).execute(new DropItemCommand('siegfried', 'ring'));
    expect((await app.get(HeroRepository).find('siegfried')).items).toEqual(['ring']);
  });
});

describe('the metrics of the heroes application', () => {
  beforeEach(() => start(OBSERVABILITY()));
  afterEach(() => app.close());

  const metrics = async () =>
    (await request(app.getHttpServer()).get('/metrics')).text
      .split('\n')
      .filter((it) => /^eventcore_(commands_total|queries_total|projection_events_pro)/.test(it))
      .filter((it) => !it.includes('mode="rebuild"'));

  it('The metrics of the heroes application are there with 0 before the first call', async () => {
    expect(await metrics()).toEqual([
      'eventcore_commands_total{command_type="KillDragonCommand"} 0',
      'eventcore_commands_total{command_type="DropItemCommand"} 0',
      'eventcore_queries_total{query_type="GetHeroQuery"} 0',
      'eventcore_projection_events_processed_total{projection_name="DragonKilledHandler",mode="live"} 0',
      'eventcore_projection_events_processed_total{projection_name="FameHandler",mode="live"} 0',
      'eventcore_projection_events_processed_total{projection_name="HeroSagas.dragonKilled",mode="live"} 0',
    ]);
  });

  it('The metrics of the heroes application count every handler once per message', async () => {
    await kill();
    await itemFound();
    await hero();
    expect(await metrics()).toEqual([
      'eventcore_commands_total{command_type="KillDragonCommand"} 1',
      'eventcore_commands_total{command_type="DropItemCommand"} 1',
      'eventcore_queries_total{query_type="GetHeroQuery"} 1',
      'eventcore_projection_events_processed_total{projection_name="DragonKilledHandler",mode="live"} 1',
      'eventcore_projection_events_processed_total{projection_name="FameHandler",mode="live"} 2',
      'eventcore_projection_events_processed_total{projection_name="HeroSagas.dragonKilled",mode="live"} 1',
    ]);
  });

  it('The metrics of the heroes application tell a rejection from a failure', async () => {
    await kill('nobody');
    const { text } = await request(app.getHttpServer()).get('/metrics');
    expect(text).toContain('eventcore_commands_rejected_total{command_type="KillDragonCommand"} 1');
    expect(text).toContain('eventcore_command_errors_total{command_type="KillDragonCommand"} 0');
  });
});

describe('the trace of the heroes application', () => {
  let tracing: ReturnType<typeof registerTracing>;
  beforeEach(() => {
    tracing = registerTracing();
  });
  afterEach(async () => {
    await app.close();
    await tracing.stop();
  });

  /** Every span under the name of its parent. */
  const tree = () => {
    const spans = tracing.spans();
    const names = new Map(spans.map((it) => [it.spanContext().spanId, it.name]));
    return spans
      .map((it) => `${names.get(it.parentSpanContext?.spanId ?? '') ?? 'caller'} -> ${it.name}`)
      .toSorted();
  };
  const traceIds = () => new Set(tracing.spans().map((it) => it.spanContext().traceId));
  const links = () => tracing.spans().flatMap((it) => it.links);

  it('The trace of the heroes application leads through commands, events and the saga to the last event', async () => {
    await start(OBSERVABILITY());
    await tracing.tracer.startActiveSpan('test', async (span) => {
      await app.get(CommandBus).execute(new KillDragonCommand('siegfried', 'fafnir'));
      span.end();
    });
    // Nothing is active while the saga waits.
    expect(trace.getActiveSpan()).toBeUndefined();
    await itemFound();
    await vi.waitFor(() =>
      expect(tree()).toEqual([
        'caller -> test',
        'command DropItemCommand -> projection FameHandler',
        'command KillDragonCommand -> command DropItemCommand',
        'command KillDragonCommand -> projection DragonKilledHandler',
        'command KillDragonCommand -> projection FameHandler',
        'test -> command KillDragonCommand',
      ]),
    );
    expect(traceIds().size).toBe(1);
    expect(links()).toEqual([]);
  });

  it('The trace of the heroes application begins at the caller of a request', async () => {
    await start(OBSERVABILITY(), (it) => it.use(traceContext()));
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await kill().set('traceparent', `00-${traceId}-b7ad6b7169203331-01`);
    await itemFound();
    await vi.waitFor(() => expect(tree()).toHaveLength(6));
    expect([...traceIds()]).toEqual([traceId]);
  });
});
