import { Injectable } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { WsException } from '@nestjs/websockets';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  Command,
  ObservabilityModule,
  type ObservabilityOptions,
  Projection,
} from '../../../lib/index.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from './running-application.js';

class SoldOut extends RpcException {}

@Injectable()
class Orders {
  @Command('PlaceOrder')
  async place(error: unknown): Promise<void> {
    throw error;
  }

  @Projection('orders')
  on(event: { readonly broken: boolean }): void {
    if (event.broken) throw new Error('broken');
  }
}

async function start(options: ObservabilityOptions = {}) {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot(options)],
    providers: [Orders],
  });
  onTestFinished(() => application.close());
  const orders = application.app.get(Orders);
  const fail = (error: unknown) => orders.place(error).catch(() => undefined);
  const scrape = async () => (await application.get('/metrics')).text;
  return { application, orders, fail, scrape };
}

function outcomes(text: string) {
  const count = (name: string) =>
    sampleOf(text, `eventcore_${name}_total`, { command_type: 'PlaceOrder' });
  return [count('commands_rejected'), count('command_errors')];
}

describe('an RpcException or a WsException', () => {
  it('An RpcException or a WsException is a rejection, subclasses included', async () => {
    const { fail, scrape } = await start();
    await fail(new RpcException('no'));
    await fail(new SoldOut({ code: 4 }));
    await fail(new WsException('no'));
    await fail(Object.assign(new Error('no'), { getError: () => 'no' }));
    expect(outcomes(await scrape())).toEqual([3, 1]);
  });

  it('An RpcException or a WsException is a failure when the options say so', async () => {
    const { fail, scrape } = await start({ failures: [RpcException], rejections: [SoldOut] });
    await fail(new RpcException('no'));
    await fail(new SoldOut('no'));
    await fail(new WsException('no'));
    expect(outcomes(await scrape())).toEqual([2, 1]);
  });
});

describe('a DOMException', () => {
  it('A DOMException is counted under its name, and under its class without one of letters', async () => {
    const { fail, scrape } = await start();
    await fail(AbortSignal.abort().reason);
    const timeout = AbortSignal.timeout(1);
    await new Promise((resolve) => timeout.addEventListener('abort', resolve));
    await fail(timeout.reason);
    await fail(new DOMException('no'));
    await fail(new DOMException('no', 'order 4711'));
    class Cancelled extends DOMException {}
    await fail(new Cancelled('no', 'AbortError'));
    const errors = parseTextFormat(await scrape()).get('eventcore_errors_total')?.samples ?? [];
    expect(
      Object.fromEntries(
        errors.map(({ labels, value }) => [`${labels['error_type']} ${labels['category']}`, value]),
      ),
    ).toEqual({
      'AbortError permanent': 1,
      'TimeoutError transient': 1,
      'DOMException permanent': 2,
      'Cancelled permanent': 1,
    });
  });
});

describe('a failed event handler', () => {
  it('A failed event handler degrades the health from the time of the failure on, and for a minute without another event', async () => {
    const clock = new ManualClock();
    const { application, orders, scrape } = await start({ clock });
    const health = async () => {
      const { text } = await application.get('/health');
      const { details } = JSON.parse(text) as {
        details: Record<string, Record<string, unknown>>;
      };
      return details['projections'];
    };
    const faulted = async () =>
      sampleOf(await scrape(), 'eventcore_projection_state', {
        projection_name: 'orders',
        state: 'faulted',
      });
    const at = (ms: number) => new Date(clock.wallMs() + ms).toISOString();
    orders.on({ broken: false });
    expect(await health()).toMatchObject({ status: 'up' });
    clock.advance(5_000);
    const failure = at(0);
    expect(() => orders.on({ broken: true })).toThrow('broken');
    clock.advance(30_000);
    expect(await health()).toMatchObject({
      status: 'degraded',
      faulted: ['orders'],
      since: failure,
    });
    expect(await faulted()).toBe(1);
    clock.advance(29_999);
    expect(await health()).toMatchObject({ status: 'degraded', since: failure });
    const recovery = at(1);
    clock.advance(20_000);
    expect(await health()).toMatchObject({ status: 'up', since: recovery });
    expect(await faulted()).toBe(0);
  });

  it('A failed event handler degrades the health until its next success', async () => {
    const clock = new ManualClock();
    const { application, orders } = await start({ clock });
    const status = async () => (await application.get('/health')).text;
    expect(() => orders.on({ broken: true })).toThrow('broken');
    expect(await status()).toContain('"faulted":["orders"]');
    clock.advance(2_000);
    orders.on({ broken: false });
    expect(await status()).not.toContain('"faulted"');
  });
});
