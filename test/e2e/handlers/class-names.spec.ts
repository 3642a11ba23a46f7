import { Injectable, Logger, mixin, type Type } from '@nestjs/common';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Command, ObservabilityModule, Projection } from '../../../lib/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

class Base {}

async function start(...providers: Type[]) {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ health: false })],
    providers,
  });
  onTestFinished(() => application.close());
  return application;
}

describe('a class of mixin()', () => {
  it('A handler in a class of mixin() reports under the name that the source code gives the class', async () => {
    @Injectable()
    class MixedOrders extends Base {
      @Command()
      create(): void {}

      @Projection()
      created(): void {}
    }
    const Mixed = mixin(MixedOrders);
    const application = await start(Mixed);
    application.app.get(Mixed).create();
    const { text } = await application.get('/metrics');
    const labels = { command_type: 'MixedOrders.create' };
    expect(sampleOf(text, 'eventcore_commands_total', labels)).toBe(1);
    const projection = { projection_name: 'MixedOrders' };
    expect(sampleOf(text, 'eventcore_projection_errors_total', projection)).toBe(0);
    expect(text).not.toContain(Mixed.name);
  });

  it('A handler in a nameless class of mixin() stops the start unless it has a name of its own', async () => {
    const nameless = (name?: string) => {
      const made = [
        class extends Base {
          create(): void {}
        },
      ][0] as Type<{ create(): void }>;
      const descriptor = Object.getOwnPropertyDescriptor(made.prototype, 'create') ?? {};
      const decorated: unknown = Command(name)(made.prototype as object, 'create', descriptor);
      Object.defineProperty(made.prototype, 'create', decorated as PropertyDescriptor);
      return mixin(made);
    };
    await expect(start(nameless())).rejects.toMatchObject({
      code: 'OBS_HANDLER_OPTION',
      message: expect.stringContaining('Pass a name to the decorator') as string,
    });
    const Named = nameless('CreateOrder');
    const application = await start(Named);
    application.app.get(Named).create();
    const { text } = await application.get('/metrics');
    expect(sampleOf(text, 'eventcore_commands_total', { command_type: 'CreateOrder' })).toBe(1);
  });
});

/** A class with a command, as a bundler or minifier writes it. */
function emitted(source: string): Type<{ run(): void }> {
  const Emitted = new Function(`return ${source}`)() as Type<{ run(): void }>;
  const prototype = Emitted.prototype as object;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'run') ?? {};
  const decorated: unknown = Command()(prototype, 'run', descriptor);
  Object.defineProperty(prototype, 'run', decorated as PropertyDescriptor);
  return Emitted;
}

describe('a class of a bundle', () => {
  it('A handler in a class of a bundle reports without the underscore of esbuild and the suffix of Rollup', async () => {
    const classes = [
      emitted('class _Orders { run() {} static make() { return new _Orders(); } }'),
      emitted('class Payments$1 { run() {} }'),
    ];
    const application = await start(...classes);
    for (const it of classes) application.app.get(it).run();
    const { text } = await application.get('/metrics');
    for (const name of ['Orders', 'Payments'])
      expect(sampleOf(text, 'eventcore_commands_total', { command_type: `${name}.run` })).toBe(1);
    expect(text).not.toMatch(/_Orders|\$1/);
  });

  it('Handlers in minified classes stop the start, which names all of them and keepNames', async () => {
    await expect(
      start(emitted('class Fh{run(){}}'), emitted('class e{run(){}}')),
    ).rejects.toMatchObject({
      code: 'OBS_HANDLER_OPTION',
      message: expect.stringMatching(/Fh\.run[^]*e\.run[^]*keepNames/) as string,
    });
  });

  it('Handlers in classes that a number alone tells apart are named in one warning', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn');
    onTestFinished(() => void warn.mockRestore());
    const warnings = () =>
      warn.mock.calls.map(([it]) => String(it)).filter((it) => /keepNames/.test(it));
    await start(emitted('class Step1 { run() {} }'), emitted('class Oauth2 { run() {} }'));
    expect(warnings()).toEqual([]);
    await start(emitted('class Sales { run() {} }'), emitted('class Sales2 { run() {} }'));
    expect(warnings()).toEqual([expect.stringMatching(/^Sales2\.run: a bundler/)]);
  });
});
