import { describe, expect, it } from 'vitest';
import { Command } from '../../../../lib/kinds/command.decorator.js';
import { Projection } from '../../../../lib/kinds/projection.decorator.js';
import { Query } from '../../../../lib/kinds/query.decorator.js';
import { ConfigurationError } from '../../../../lib/kernel/configuration-error.js';

class Orders {
  id = 1;
}

function messageOf(decorator: () => MethodDecorator): string {
  const target = new Orders();
  try {
    decorator()(target, 'place', { value: () => undefined });
  } catch (error) {
    if (error instanceof ConfigurationError && error.code === 'OBS_HANDLER_OPTION') {
      return error.message;
    }
    throw error;
  }
  return 'accepted';
}

const withOptions = (options: unknown) => messageOf(() => Command(options as never));

describe('the options of a handler', () => {
  it.each([
    [''],
    ['   '],
    ['x'.repeat(129)],
    ['x'.repeat(10_000)],
    ['\uD800 alone'],
    [{ name: 5 }],
    [{ name: null }],
  ])('The options of a handler refuse a name like %j', (name) => {
    const message = withOptions(name);
    expect(message).toContain('@Command on Orders.place, name');
    expect(message).toContain('1 to 128 characters of well-formed text, not blank');
    expect(message.length).toBeLessThan(500);
  });

  it.each(['x', 'x'.repeat(128), 'Bestellung aufgeben', '注文', '🛒', '__proto__', 'a"b\\c\n'])(
    'The options of a handler accept a name like %j',
    (name) => {
      expect(withOptions(name)).toBe('accepted');
    },
  );

  it.each([
    [{ shared: 'yes' }, 'shared'],
    [{ context: 1 }, 'context'],
    [{ outcome: 'failure' }, 'outcome'],
    [{ events: 3 }, 'events'],
    [{ id: 'x' }, 'id'],
    [{ labels: () => 'x' }, 'labels'],
    [{ labels: { tenant: 'x' } }, 'labels.tenant'],
    [{ labels: null }, 'labels'],
    [{ buckets: [] }, 'buckets'],
    [{ buckets: [1, 1] }, 'buckets'],
    [{ buckets: [2, 1] }, 'buckets'],
    [{ buckets: [1, Number.NaN] }, 'buckets'],
    [{ buckets: [1, Infinity] }, 'buckets'],
    [{ buckets: ['1'] }, 'buckets'],
    [{ nmae: 'PlaceOrder' }, 'nmae'],
    [{ span: true }, 'span'],
    [{ span: { nmae: 'x' } }, 'span.nmae'],
  ])('The options of a handler refuse %j and name the option', (options, option) => {
    expect(withOptions(options)).toContain(`@Command on Orders.place, ${option} =`);
  });

  it.each([null, 5, [[]]])(
    'The options of a handler refuse %j, which is neither a name nor an object',
    (options) => {
      expect(withOptions(options)).toContain('@Command on Orders.place =');
    },
  );

  it.each([
    [{ eventTime: 1 }, 'eventTime'],
    [{ position: 'id' }, 'position'],
    [{ batch: 500 }, 'batch'],
    [{ onSkip: true }, 'onSkip'],
    [{ head: {} }, 'head'],
    [{ checkpoint: null }, 'checkpoint'],
    [{ filter: ['OrderPaid'] }, 'filter'],
    [{ filter: { eventTypes: [] } }, 'filter.eventTypes'],
    [{ filter: { types: ['OrderPaid'] } }, 'filter.types'],
    [{ idleAfterMs: 0 }, 'idleAfterMs'],
    [{ stalledAfterMs: '60s' }, 'stalledAfterMs'],
    [{ owner: true }, 'owner'],
  ])(
    'The options of a handler of a projection refuse %j and name the option',
    (options, option) => {
      const message = messageOf(() => Projection(options as never));
      expect(message).toContain(`@Projection on Orders.place, ${option} =`);
    },
  );

  it('The options of a handler of a projection accept every documented value', () => {
    const options = {
      eventTime: () => 1,
      position: () => 1n,
      batch: true,
      onSkip: () => 1,
      head: 'HEAD',
      checkpoint: Orders,
      filter: { eventTypes: ['OrderPaid'], categories: ['order'] },
      idleAfterMs: Infinity,
      stalledAfterMs: 1,
      owner: () => true,
    };
    expect(messageOf(() => Projection(options))).toBe('accepted');
    expect(messageOf(() => Query(options as never))).toContain('eventTime = ');
  });

  it('The options of a handler are all checked at once', () => {
    const message = withOptions({ name: '', context: 1, buckets: [] });
    expect(message.match(/@Command on Orders\.place/g)).toHaveLength(3);
  });

  it('The options of a handler know events for a command alone', () => {
    const options = { events: () => 1 } as never;
    expect(messageOf(() => Command(options))).toBe('accepted');
    expect(messageOf(() => Query(options))).toContain('@Query on Orders.place, events = ');
    expect(messageOf(() => Projection(options))).toContain('@Projection on Orders.place');
  });
});
