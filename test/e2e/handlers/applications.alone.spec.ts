import { Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import { commands, create, start } from './application.js';

@Injectable()
class Orders {
  @Command('PlaceOrder')
  async place(): Promise<void> {}
}

class Shared {
  @Command('Share')
  share(): void {}
}

class Clash {
  @Command('PlaceOrder')
  place(): void {}
}

describe('applications in one process', () => {
  it('Applications in one process do not see each other', async () => {
    const [one, other] = [
      await start({ providers: [Orders] }),
      await start({ providers: [Orders, { provide: Shared, useValue: new Shared() }] }),
    ];
    await one.get(Orders).place();
    await one.get(Orders).place();
    await other.get(Orders).place();
    expect(commands(one)).toEqual({ PlaceOrder: 2 });
    expect(commands(other)).toEqual({ PlaceOrder: 1, Share: 0 });
  });

  it('Applications in one process may use one value one after the other', async () => {
    const shared = new Shared();
    const providers = [{ provide: Shared, useValue: shared }];
    for (let i = 1; i <= 3; i++) {
      const app = await start({ providers });
      for (let calls = 0; calls < i; calls++) app.get(Shared).share();
      expect(commands(app)).toEqual({ Share: i });
      await app.close();
      shared.share();
      expect(commands(app)).toEqual({ Share: i });
    }
  });

  it('Applications in one process observe a value that an application which failed to start had taken', async () => {
    const shared = { provide: Shared, useValue: new Shared() };
    const clash = { provide: Clash, useValue: new Clash() };
    await expect(start({ providers: [shared, Orders, clash] })).rejects.toThrow(
      'OBS_HANDLER_DUPLICATE',
    );
    const app = await start({ providers: [shared] });
    app.get(Shared).share();
    expect(commands(app)).toEqual({ Share: 1 });
  });
});

describe('two handlers of one name', () => {
  it.each([
    ['a class', Clash],
    ['a value', { provide: Clash, useValue: new Clash() }],
    ['what a factory returns', { provide: Clash, useFactory: () => new Clash() }],
  ])(
    'Two handlers of one name stop the application, also when one of them is %s',
    async (_, provider) => {
      const app = create({ providers: [Orders, provider] }).then((it) => it.init());
      await expect(app).rejects.toThrow(
        /OBS_HANDLER_DUPLICATE[^]*"PlaceOrder": (Orders|Clash)\.place and (Orders|Clash)\.place/,
      );
    },
  );
});

describe('an undeclared label', () => {
  class Labelled {
    @Command({ labels: { tier: () => 'free' } })
    run(): void {}
  }

  it.each([
    ['a class', Labelled],
    ['a value', { provide: Labelled, useValue: new Labelled() }],
  ])(
    'An undeclared label stops the application, also when the handler is %s',
    async (_, provider) => {
      const app = create({ providers: [provider] }).then((it) => it.init());
      await expect(app).rejects.toThrow(/OBS_HANDLER_OPTION[^]*Labelled\.run, labels = "tier"/);
    },
  );
});

describe('an application that is made and closed again and again', () => {
  const shared = new Shared();
  const once = async () => {
    const module = {
      module: class Root {
        name = 'root';
      },
      imports: [ObservabilityModule.forRoot({ health: false })],
      providers: [Orders, { provide: Shared, useValue: shared }],
    };
    const app = await NestFactory.create(module, { logger: false, abortOnError: false });
    await app.init();
    await app.get(Orders).place();
    app.get(Shared).share();
    expect(commands(app)).toEqual({ PlaceOrder: 1, Share: 1 });
    await app.close();
    return new WeakRef(app);
  };

  it('An application that is made and closed again and again leaves no listener, no timer and no memory behind, 100 times', async () => {
    for (let i = 0; i < 10; i++) await once();
    const listeners = () => process.eventNames().map((it) => process.listenerCount(it));
    const timers = () => process.getActiveResourcesInfo().filter((it) => it === 'Timeout').length;
    const before = { listeners: listeners(), timers: timers(), heap: heapUsed() };
    const apps: WeakRef<object>[] = [];
    for (let i = 0; i < 100; i++) apps.push(await once());
    await new Promise((resolve) => setImmediate(resolve));
    expect(listeners()).toEqual(before.listeners);
    // The test runner has timers and memory of its own; one leak per application would be 100.
    expect(timers() - before.timers).toBeLessThan(10);
    expect((heapUsed() - before.heap) / 100).toBeLessThan(20_000);
    expect(apps.filter((it) => it.deref() !== undefined).length).toBeLessThan(10);
  });
});

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

it('A module that is compiled but never started leaves its handlers alone', async () => {
  const module = await Test.createTestingModule({
    imports: [ObservabilityModule.forRoot({ health: false })],
    providers: [Orders],
  }).compile();
  expect(await module.get(Orders).place()).toBe(undefined);
  await module.close();
});
