import { Injectable, Logger, mixin, Module, type Type } from '@nestjs/common';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  QueryBus,
  QueryHandler,
  Saga,
} from '@nestjs/cqrs';
import { map, type Observable } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ObservabilityModule, ObserveCommand } from '../../../lib/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

async function start(...modules: (readonly Type[])[]) {
  const imports = modules.map((providers) => {
    @Module({ imports: [CqrsModule.forRoot()], providers: [...providers] })
    class Feature {}
    return Feature;
  });
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ health: false }), ...imports],
  });
  onTestFinished(() => application.close());
  const value = async (name: string, labels: Record<string, string>) => {
    const { text } = await application.get('/metrics');
    return sampleOf(text, `eventcore_${name}`, labels);
  };
  const get = <T>(type: abstract new (...args: never[]) => T) =>
    application.app.get<T>(type, { strict: false });
  return { value, get };
}

const messageNamed = (name: string): Type => ({ [name]: class {} })[name] as Type;

function handlerNamed(name: string, decorator: ClassDecorator, method: string): Type {
  const Handler = messageNamed(name);
  Object.assign(Handler.prototype as object, { [method]: async () => undefined });
  decorator(Handler);
  return Handler;
}

describe('the names of handlers of @nestjs/cqrs', () => {
  it.each<[string, (message: Type, name: string) => Type]>([
    ['commands', (message, name) => handlerNamed(name, CommandHandler(message), 'execute')],
    ['queries', (message, name) => handlerNamed(name, QueryHandler(message), 'execute')],
  ])('Two %s of one name in two modules stop the start', async (_, handlerOf) => {
    const [one, other] = [messageNamed('Pay'), messageNamed('Pay')];
    await expect(
      start([handlerOf(one, 'OrdersPay')], [handlerOf(other, 'BillingPay')]),
    ).rejects.toMatchObject({
      code: 'OBS_HANDLER_DUPLICATE',
      message: expect.stringMatching(/OrdersPay\.execute and BillingPay\.execute/) as string,
    });
    await start([handlerOf(one, 'Pay1')], [handlerOf(messageNamed('Refund'), 'Pay1')]);
  });

  it('Two commands of one name are two handlers when a decorator names one of them', async () => {
    const [One, Other] = [messageNamed('Pay'), messageNamed('Pay')];
    @CommandHandler(Other)
    class Billing {
      @ObserveCommand({ name: 'BillingPay' })
      async execute(): Promise<void> {}
    }
    const { value, get } = await start(
      [handlerNamed('Orders', CommandHandler(One), 'execute')],
      [Billing],
    );
    await get(CommandBus).execute(new Other());
    expect(await value('commands_total', { command_type: 'Pay' })).toBe(0);
    expect(await value('commands_total', { command_type: 'BillingPay' })).toBe(1);
  });

  it('Two event handlers of one name stop the start unless they handle one event', async () => {
    const [one, other] = [messageNamed('Paid'), messageNamed('Paid')];
    const handlerOf = (...events: Type[]) =>
      handlerNamed('Receipts', EventsHandler(...events), 'handle');
    await expect(start([handlerOf(one)], [handlerOf(other)])).rejects.toMatchObject({
      code: 'OBS_HANDLER_DUPLICATE',
    });
    const { value, get } = await start([handlerOf(one, other)], [handlerOf(other)]);
    get(EventBus).publish(new other() as object);
    const applied = { projection_name: 'Receipts', mode: 'live' };
    await vi.waitFor(async () =>
      expect(await value('projection_events_processed_total', applied)).toBe(2),
    );
  });

  it('Two event handlers of different names handle events of one name', async () => {
    const handlerOf = (name: string) =>
      handlerNamed(name, EventsHandler(messageNamed('Paid')), 'handle');
    const { value } = await start([handlerOf('Receipts')], [handlerOf('Ledger')]);
    expect(await value('projection_errors_total', { projection_name: 'Receipts' })).toBe(0);
    expect(await value('projection_errors_total', { projection_name: 'Ledger' })).toBe(0);
  });

  it('Two saga classes of one name stop the start', async () => {
    const sagas = () => {
      class Sagas {
        @Saga()
        paid = (events: Observable<object>) => events.pipe(map((it) => it));
      }
      return Injectable()(Sagas) ?? Sagas;
    };
    await expect(start([sagas()], [sagas()])).rejects.toMatchObject({
      code: 'OBS_HANDLER_DUPLICATE',
      message: expect.stringContaining('Sagas.paid') as string,
    });
    const One = sagas();
    await start([One], [One]);
  });

  it('A message, a saga and an event handler of mixin() have the names in the source code', async () => {
    class Pay {}
    class FindPayments {}
    class Paid {}
    const [MixedPay, MixedFind] = [mixin(Pay), mixin(FindPayments)];
    @Injectable()
    class PaymentSagas {
      @Saga()
      paid = (events: Observable<object>) => events.pipe(map(() => new MixedPay()));
    }
    const { value, get } = await start([
      handlerNamed('OnPay', CommandHandler(MixedPay), 'execute'),
      handlerNamed('OnFind', QueryHandler(MixedFind), 'execute'),
      mixin(PaymentSagas),
    ]);
    await get(QueryBus).execute(new MixedFind());
    get(EventBus).publish(new Paid());
    await vi.waitFor(async () =>
      expect(await value('commands_total', { command_type: 'Pay' })).toBe(1),
    );
    expect(await value('queries_total', { query_type: 'FindPayments' })).toBe(1);
    const saga = { projection_name: 'PaymentSagas.paid', mode: 'live' };
    expect(await value('projection_events_processed_total', saga)).toBe(1);
  });

  it('A command without a handler counts under its name in the source code', async () => {
    const Pay = class _Pay {};
    const { value, get } = await start([]);
    expect(() => get(CommandBus).execute(new Pay())).toThrow('No handler');
    expect(await value('command_errors_total', { command_type: 'Pay' })).toBe(1);
  });
});
