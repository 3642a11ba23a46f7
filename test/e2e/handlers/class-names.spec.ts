import { Injectable, Logger, mixin, type Type } from '@nestjs/common';
import { describe, expect, it, onTestFinished } from 'vitest';
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
