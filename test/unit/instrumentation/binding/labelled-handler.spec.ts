import { describe, expect, it } from 'vitest';
import { Command } from '../../../../lib/kinds/command.decorator.js';
import { Projection } from '../../../../lib/kinds/projection.decorator.js';
import { ConfigurationError } from '../../../../lib/kernel/configuration-error.js';
import { Recording } from '../recording.js';

const handlerLabels = { channel: ['web', 'shop'], tier: ['free', 'paid', 'web'] };

class Orders {
  @Command({
    name: 'Place',
    labels: {
      channel: (order: { channel: string }) => order.channel,
      tier: (_order, tier) => tier as string,
    },
  })
  place(_order: unknown, _tier: unknown): string {
    return 'placed';
  }

  @Command({ name: 'Faulty', labels: { channel: (hook: () => string) => hook() } })
  faulty(_hook: unknown): string {
    return 'done';
  }
}

class Undeclared {
  @Command({ labels: { region: () => 'eu' } })
  place(): void {}
}

class LabelledProjection {
  @Projection({ labels: { channel: () => 'web' } })
  apply(): void {}
}

describe('a handler with labels', () => {
  it('A handler with labels has every declared combination from the start', () => {
    const app = new Recording({ handlerLabels });
    app.instrumentation.register(Orders);
    const combinations = app.bound
      .filter(({ name }) => name === 'Place')
      .map(({ labels }) => `${labels['channel']} ${labels['tier']}`);
    expect(combinations).toEqual([
      'web free',
      'web paid',
      'web web',
      'shop free',
      'shop paid',
      'shop web',
    ]);
  });

  it('A handler with labels reports under the values that the arguments give', () => {
    const app = new Recording({ handlerLabels });
    const orders = app.make(Orders);
    orders.place({ channel: 'web' }, 'paid');
    orders.place({ channel: 'shop' }, 'free');
    orders.place({ channel: 'shop' }, 'nobody declared this');
    expect(app.ended).toEqual([
      'Place web paid success 0ms',
      'Place shop free success 0ms',
      'Place shop __other__ success 0ms',
    ]);
    expect(app.faults).toEqual([]);
  });

  it('A handler with labels binds a combination once, whatever comes', () => {
    const app = new Recording({ handlerLabels });
    const orders = app.make(Orders);
    const before = app.bound.length;
    for (let i = 0; i < 100; i++) orders.place({ channel: `c${i}` }, `t${i}`);
    expect(app.bound.length).toBe(before + 1);
  });

  it('A handler with labels keeps values apart that read the same when they are put together', () => {
    const app = new Recording({ handlerLabels: { channel: ['a\nb', 'a'], tier: ['c', 'b\nc'] } });
    const orders = app.make(Orders);
    orders.place({ channel: 'a\nb' }, 'c');
    orders.place({ channel: 'a' }, 'b\nc');
    expect(app.bound.filter(({ name }) => name === 'Place')).toHaveLength(4);
    expect(app.ended).toEqual(['Place a\nb c success 0ms', 'Place a b\nc success 0ms']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('hook');
      },
    ],
    [
      'throws null',
      () => {
        throw null;
      },
    ],
    ['returns nothing', () => undefined],
    ['returns a number', () => 5],
    ['returns an object', () => ({ toString: () => 'web' })],
    ['is async', async () => 'web'],
    [
      'is async and fails',
      async () => {
        throw new Error('hook');
      },
    ],
  ])('A handler with labels survives a hook that %s, and counts it', (_, hook) => {
    const app = new Recording({ handlerLabels });
    expect(app.make(Orders).faulty(hook)).toBe('done');
    expect(app.ended).toEqual(['Faulty __other__ success 0ms']);
    expect(app.faults).toEqual(['labels']);
  });

  it('A handler with labels is refused when the application does not declare the label', () => {
    const { instrumentation } = new Recording({ handlerLabels });
    expect(() => instrumentation.register(Undeclared)).toThrow(ConfigurationError);
    expect(() => new Recording({ handlerLabels }).instrumentation.adopt(new Undeclared())).toThrow(
      /Undeclared\.place, labels = "region": a label is one of those that handlerLabels declares: channel, tier/,
    );
  });

  it('A handler with labels is no projection', () => {
    const { instrumentation } = new Recording({ handlerLabels });
    expect(() => instrumentation.register(LabelledProjection)).toThrow(
      /projections have no labels of their own/,
    );
  });
});
