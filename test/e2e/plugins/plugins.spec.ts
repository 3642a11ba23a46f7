import { Controller, Get, Inject, Injectable, Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dialects } from '../../../lib/exporters/prometheus/dialects/index.js';
import {
  ConfigurationError,
  ObservabilityModule,
  type ObservabilityPlugin,
  ObservabilityService,
} from '../../../lib/index.js';
import { pluginContract } from '../../../lib/testing/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

const applications: RunningApplication[] = [];

afterEach(async () => {
  for (const it of applications.splice(0)) await it.close();
});

async function start(
  plugins: readonly ObservabilityPlugin[],
  options: object = {},
): Promise<RunningApplication> {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ plugins, ...options })],
  });
  applications.push(application);
  return application;
}

function recorded(name: string, calls: string[], more: object = {}): ObservabilityPlugin {
  const note = (hook: string) => () => void calls.push(`${name} ${hook}`);
  const hooks = ['init', 'bootstrap', 'started', 'drain', 'stop'];
  return { name, ...Object.fromEntries(hooks.map((it) => [it, note(it)])), ...more };
}

async function problemsOf(plugins: unknown): Promise<readonly string[]> {
  try {
    ObservabilityModule.forRoot({ plugins: plugins as never });
  } catch (error) {
    const { problems } = error as ConfigurationError;
    return problems.map(({ subject, rule }) => `${subject} ${rule}`);
  }
  return [];
}

describe('plugins', () => {
  it('Hooks run in the order of requirements and stop in the reverse order', async () => {
    const calls: string[] = [];
    const page = recorded('page', calls, { requires: ['history'] });
    const application = await start([page, recorded('history', calls)]);
    await application.close();
    expect(calls).toEqual([
      ...['history init', 'page init', 'history bootstrap', 'page bootstrap'],
      ...['history started', 'page started', 'history drain', 'page drain'],
      ...['page stop', 'history stop'],
    ]);
  });

  it('Providers and controllers of a plugin belong to the application', async () => {
    @Injectable()
    class Greeting {
      readonly text = 'hello';
    }
    @Controller('greeting')
    class Greeter {
      readonly #greeting: Greeting;

      constructor(@Inject(Greeting) greeting: Greeting) {
        this.#greeting = greeting;
      }

      @Get()
      greet(): string {
        return this.#greeting.text;
      }
    }
    const application = await start([
      { name: 'greeting', providers: [Greeting], controllers: [Greeter] },
    ]);
    expect(application.app.get(Greeting, { strict: false }).text).toBe('hello');
    expect((await application.get('/greeting')).text).toBe('hello');
  });

  it('A plugin records metrics through ObservabilityService', async () => {
    const info: ObservabilityPlugin = {
      name: 'build-info',
      init: ({ get }) => {
        const metric = { name: 'shop_build_info', help: 'Build.', labels: ['commit'] } as const;
        get(ObservabilityService)
          .gauge({ ...metric, labels: ['commit'] })
          .labels({ commit: 'a' })
          .set(1);
      },
    };
    const { text } = await (await start([info])).get('/metrics');
    expect(sampleOf(text, 'shop_build_info', { commit: 'a' })).toBe(1);
  });

  it('An error in init stops the start and stops the plugins before it', async () => {
    const calls: string[] = [];
    const broken: ObservabilityPlugin = {
      name: 'broken',
      init: () => {
        throw new Error('no disk');
      },
    };
    await expect(start([recorded('history', calls), broken])).rejects.toThrow('no disk');
    expect(calls).toEqual(['history init', 'history stop']);
  });

  it('A flush of the service waits for what plugins send, and survives those that cannot', async () => {
    const sent: string[] = [];
    const lost = async () => {
      throw new Error('lost');
    };
    const flush = async () => void sent.push('line');
    const application = await start([
      { name: 'lost', flush: lost },
      { name: 'shipper', flush },
    ]);
    await application.service.flush();
    expect(sent).toEqual(['line']);
    await application.close();
    await application.service.flush();
    expect(sent).toEqual(['line']);
  });

  it('An error in a later hook is counted and changes nothing else', async () => {
    const failing = async () => {
      throw new Error('late');
    };
    const application = await start([{ name: 'fragile', started: failing, drain: failing }]);
    const { text } = await application.get('/metrics');
    const labels = { component: 'fragile' };
    expect(sampleOf(text, 'eventcore_observability_errors_total', labels)).toBe(1);
    await application.close();
  });

  it('The end of an application names the plugins that it waits for, and no plugin that has nothing to finish', async () => {
    const logged = vi.spyOn(Logger.prototype, 'log').mockReturnValue();
    try {
      const drain = async () => undefined;
      await (await start([{ name: 'shipper', drain }, { name: 'counter' }])).close();
      const waits = logged.mock.calls.map(String).filter((it) => it.startsWith('waiting for'));
      expect(waits).toEqual(['waiting for shipper']);
    } finally {
      logged.mockRestore();
    }
  });

  it('No hook runs where nothing is recorded', async () => {
    const calls: string[] = [];
    await (await start([recorded('history', calls)], { enabled: false })).close();
    expect(calls).toEqual([]);
  });

  it('Every problem of the list is reported at once', async () => {
    expect(await problemsOf([{ name: 'Page' }, null, { name: 'a', init: 1 }])).toEqual([
      'plugins[0].name must be 1 to 64 lower-case letters, digits and hyphens, the first a letter',
      'plugins[1] must be an object with a name and hooks',
      'plugins[2].init must be a function',
    ]);
  });

  it('A missing requirement names the plugin to add', async () => {
    expect(await problemsOf([{ name: 'page', requires: ['history'] }])).toEqual([
      'plugins.page requires the plugin history',
    ]);
  });

  it('A plugin that is listed twice and plugins that require each other stop the start', async () => {
    expect(await problemsOf([{ name: 'a' }, { name: 'a' }])).toEqual([
      'plugins[1].name must be listed once',
    ]);
    expect(
      await problemsOf([
        { name: 'a', requires: ['b'] },
        { name: 'b', requires: ['a'] },
      ]),
    ).toEqual(['plugins.a must not require itself, directly or through other plugins']);
  });

  it('An unknown dialect is refused where the plugin is made', () => {
    expect(() => dialects('eventflow' as never)).toThrow(
      "dialects() = \"eventflow\": must be one or more of 'eventcore-0.1', 'eventflux'.",
    );
  });
});

describe('the plugin contract', () => {
  const startOne = async (plugin: ObservabilityPlugin) => start([plugin]);

  const ofDialects = pluginContract({ create: () => dialects('eventflux'), start: startOne });

  it.each(ofDialects.map((it) => [it.title, it] as const))(
    'Dialects keep the contract: %s',
    async (_title, { run }) => {
      await expect(run()).resolves.toBeUndefined();
    },
  );

  it('A plugin with a timer that stays breaks the contract', async () => {
    let timer: NodeJS.Timeout | undefined;
    const create = (): ObservabilityPlugin => ({
      name: 'leaking',
      started: () => void (timer = setInterval(() => undefined, 60_000)),
    });
    const failed: string[] = [];
    for (const { title, run } of pluginContract({ create, start: startOne })) {
      await run().catch(() => failed.push(title));
      clearInterval(timer);
    }
    expect(failed).toEqual(['The plugin leaves no timer behind that keeps the process alive']);
  });
});
