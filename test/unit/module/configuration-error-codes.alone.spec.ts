import { Injectable, Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { createServer } from 'node:http';
import { Gauge, register } from 'prom-client';
import { describe, expect, it, vi } from 'vitest';
import {
  Command,
  ConfigurationError,
  type ConfigurationErrorCode,
  configurationErrorCodes,
  ObservabilityModule,
  type ObservabilityService as Service,
  ObservabilityService,
} from '../../../lib/index.js';
import { configurationCodes } from '../../../lib/kernel/errors/error-codes.js';
import { plainAdapter } from '../../../lib/integrations/event-store/index.js';

Logger.overrideLogger(false);

const installed = vi.hoisted(() => ({ terminus: true }));

vi.mock(import('../../../lib/kernel/peers/optional-peer.js'), async (importOriginal) => {
  const original = await importOriginal();
  return {
    ...original,
    isInstalled: async (name, importPeer) =>
      name === '@nestjs/terminus' && !installed.terminus
        ? false
        : original.isInstalled(name, importPeer),
  };
});

async function withoutTerminus<T>(work: () => Promise<T>): Promise<T> {
  installed.terminus = false;
  try {
    return await work();
  } finally {
    installed.terminus = true;
  }
}

async function start(module = ObservabilityModule.forRoot(), ...providers: never[]): Promise<void> {
  const testing = await Test.createTestingModule({ imports: [module], providers }).compile();
  const app = testing.createNestApplication({ logger: false });
  try {
    await app.init();
  } finally {
    await app.close();
  }
}

async function withService(act: (service: Service) => unknown): Promise<void> {
  const testing = await Test.createTestingModule({
    imports: [ObservabilityModule.forRoot()],
  }).compile();
  act(testing.get(ObservabilityService));
}

/** A mistake for every code. */
const mistakes: Record<ConfigurationErrorCode, () => unknown> = {
  OBS_OPTION_INVALID: () => ObservabilityModule.forRoot({ namespace: 'My Shop' }),
  OBS_CONFIG_FILE: () => ObservabilityModule.forFile('missing/observability.yaml'),
  OBS_MODULE_DUPLICATE: () => {
    @Module({ imports: [ObservabilityModule.forRoot()] })
    class Feature {}
    return Test.createTestingModule({
      imports: [ObservabilityModule.forRoot(), Feature],
    }).compile();
  },
  OBS_HANDLER_TARGET: () => {
    class Orders {
      @Command()
      static place(): void {}
    }
    return Orders;
  },
  OBS_HANDLER_OPTION: () => {
    class Orders {
      @Command({ name: '' })
      place(): void {}
    }
    return Orders;
  },
  OBS_EVENT_STORE_ADAPTER: () =>
    withService((service) => service.instrumentEventStore({}, { methods: {} })),
  OBS_EVENT_STORE_METHOD: () =>
    withService((service) => service.instrumentEventStore({ save: () => 1 }, plainAdapter)),
  OBS_HANDLER_DUPLICATE: () => {
    @Injectable()
    class Orders {
      @Command('Place')
      one(): void {}

      @Command('Place')
      two(): void {}
    }
    return start(ObservabilityModule.forRoot(), Orders as never);
  },
  OBS_METRIC_INVALID: () => withService((it) => it.gauge({ name: 'a-b', help: 'A.' })),
  OBS_METRIC_CONFLICT: () =>
    withService((it) => {
      it.gauge({ name: 'a', help: 'A.' });
      it.counter({ name: 'a', help: 'A.' });
    }),
  OBS_METRIC_DUPLICATE: async () => {
    register.registerMetric(
      new Gauge({ name: 'eventcore_uptime_seconds', help: 'Taken.', registers: [] }),
    );
    await start().finally(() => register.clear());
  },
  OBS_SOURCE_INVALID: () => withService((it) => it.registerPool('orders', 5 as never)),
  OBS_SOURCE_DUPLICATE: () =>
    withService((it) => {
      it.registerPool('orders', () => undefined);
      it.registerPool('orders', () => undefined);
    }),
  OBS_ENDPOINT_TAKEN: async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, resolve));
    const { port } = other.address() as { port: number };
    await start(ObservabilityModule.forRoot({ prometheus: { port } })).finally(() => other.close());
  },
  OBS_HEALTH_CHECK: () =>
    start(ObservabilityModule.forRoot({ health: { groups: { ready: ['nobody'] } } })),
  OBS_PEER_MISSING: () =>
    withoutTerminus(() => start(ObservabilityModule.forRoot({ health: { path: '/well' } }))),
};

describe('the codes of configuration errors', () => {
  it.each(Object.entries(mistakes))(
    '%s is what its mistake is answered with',
    async (code, make) => {
      const error: unknown = await Promise.resolve()
        .then(make)
        .then(() => undefined)
        .catch((it: unknown) => it);
      expect(error).toBeInstanceOf(ConfigurationError);
      const { code: thrown, problems, message } = error as ConfigurationError;
      expect(thrown).toBe(code);
      expect(message).toContain(configurationErrorCodes[thrown]);
      expect(message.split('\n').at(-1)).toContain(configurationCodes[thrown].page);
      for (const { subject, rule, remedy } of problems) {
        expect(subject).not.toBe('');
        expect(rule).not.toBe('');
        expect(remedy).toMatch(/\.$/);
      }
    },
  );

  it('Error codes are those that a mistake is known for', () => {
    expect(Object.keys(configurationErrorCodes).toSorted()).toEqual(
      Object.keys(mistakes).toSorted(),
    );
  });

  it('Error codes leave out health silently when nobody asked for it and Terminus is not installed', async () => {
    expect(await withoutTerminus(() => statusOfHealth(ObservabilityModule.forRoot()))).toBe(404);
    const forRoot = () => ObservabilityModule.forRoot({ health: {} });
    expect(await withoutTerminus(() => statusOfHealth(forRoot()))).toBe(404);
    expect(await statusOfHealth(forRoot())).toBe(200);
  });
});

async function statusOfHealth(module: ReturnType<typeof ObservabilityModule.forRoot>) {
  const testing = await Test.createTestingModule({ imports: [module] }).compile();
  const app = testing.createNestApplication({ logger: false });
  try {
    await app.listen(0);
    const { port } = app.getHttpServer().address() as { port: number };
    return (await fetch(`http://127.0.0.1:${port}/health`)).status;
  } finally {
    await app.close();
  }
}
