import { Injectable, Module } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, ObservabilityModule } from '../../../lib/index.js';
import { Pipeline, Pipelines, pipelines, Stage } from '../../../lib/pipelines/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

@Injectable()
class Prices {
  @Pipeline('prices')
  async import() {
    return 7;
  }

  @Stage({ pipeline: 'prices', type: 'filter' })
  isPositive(price: number) {
    return price > 0;
  }
}

@Module({ providers: [Prices], exports: [Prices] })
class PricesModule {}

function start(...providers: (new (...args: never[]) => object)[]) {
  return RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({ isGlobal: false, plugins: [pipelines()] }),
      PricesModule,
    ],
    providers,
  });
}

/** Returns code and problems of the error that stops a start or a definition. */
async function problemsOf(begin: () => unknown) {
  const error: unknown = await Promise.resolve()
    .then(begin)
    .catch((it: unknown) => it);
  if (!(error instanceof ConfigurationError))
    throw new Error('no ConfigurationError', { cause: error });
  return { code: error.code, problems: error.problems };
}

describe('the decorators of pipelines', () => {
  it('Observe instances of modules that do not import the module, which is not global', async () => {
    const application = await start();
    const prices = application.app.get(Prices);
    await prices.import();
    expect([prices.isPositive(2), prices.isPositive(-2)]).toEqual([true, false]);
    const { text } = await application.get('/metrics');
    await application.close();
    const of = (name: string, labels: object) =>
      sampleOf(text, `eventcore_pipeline_${name}`, { pipeline: 'prices', ...labels });
    expect(of('runs_total', { outcome: 'completed' })).toBe(1);
    expect(of('stage_events_in_total', { stage: 'isPositive' })).toBe(2);
    expect(of('stage_events_out_total', { stage: 'isPositive' })).toBe(1);
  });

  it('Refuse names and options that are not valid when the class is defined', async () => {
    const define = (decorator: MethodDecorator) => {
      class Store {
        store() {}
      }
      const descriptor = Object.getOwnPropertyDescriptor(Store.prototype, 'store');
      return decorator(Store.prototype, 'store', descriptor as PropertyDescriptor);
    };
    const rule = 'must be 1 to 128 characters of well-formed text, not blank';
    expect(await problemsOf(() => define(Pipeline(' ')))).toMatchObject({
      code: 'OBS_HANDLER_OPTION',
      problems: [{ subject: '@Pipeline on Store.store, name', value: ' ', rule }],
    });
    const options = { pipeline: 'x'.repeat(129), type: 'sort', nam: 'y' };
    const found = await problemsOf(() => define(Stage(options as never)));
    expect(found).toMatchObject({
      code: 'OBS_HANDLER_OPTION',
      problems: [
        { subject: '@Stage on Store.store, nam', remedy: 'Did you mean name?' },
        { subject: '@Stage on Store.store, pipeline', rule },
        { subject: '@Stage on Store.store, type', rule: 'must be one of map, filter, sink' },
      ],
    });
  });

  it('Stop the start for a stage of a pipeline that the application does not have', async () => {
    @Injectable()
    class Store {
      @Stage({ pipeline: 'price' })
      store() {}
    }
    expect(await problemsOf(() => start(Store))).toEqual({
      code: 'OBS_HANDLER_OPTION',
      problems: [
        {
          subject: '@Stage on Store.store, pipeline',
          value: 'price',
          rule: 'must be the name of a pipeline that the application has when it starts',
          remedy: 'Did you mean prices?',
        },
      ],
    });
  });

  it('Stop the start for two methods with the same names, but not for one that overrides another', async () => {
    @Injectable()
    class Checked extends Prices {
      @Stage({ pipeline: 'prices', type: 'filter' })
      override isPositive(price: number) {
        return super.isPositive(price);
      }
    }
    await (await start(Checked)).close();
    @Injectable()
    class Others {
      @Stage({ pipeline: 'prices', name: 'isPositive' })
      other() {}
    }
    expect(await problemsOf(() => start(Others))).toMatchObject({
      code: 'OBS_HANDLER_DUPLICATE',
      problems: [
        {
          value: { pipeline: 'prices', stage: 'isPositive' },
          remedy: 'Give each a name of its own.',
        },
      ],
    });
  });

  it('Accept a stage of a pipeline that a constructor names', async () => {
    @Injectable()
    class Store {
      constructor(all: Pipelines) {
        all.pipeline('stored');
      }

      @Stage({ pipeline: 'stored' })
      store() {}
    }
    const started = start(Store).then((it) => it.close());
    await expect(started).resolves.toBeUndefined();
  });
});
