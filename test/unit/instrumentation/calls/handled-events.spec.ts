import { describe, expect, it } from 'vitest';
import {
  HandledEvents,
  tellsOfEvents,
} from '../../../../lib/instrumentation/calls/handled-events.js';
import type { ProjectionOptions } from '../../../../lib/instrumentation/decorators/handler-options.js';
import { Faults } from '../../../../lib/kernel/faults.js';
import type { HandlerObserver } from '../../../../lib/kernel/observer.js';
import { ManualClock } from '../../../../lib/testing/index.js';

function handle(options: ProjectionOptions, event: unknown, result?: unknown) {
  const told: unknown[] = [];
  const faulty: string[] = [];
  const faults = new Faults(new ManualClock());
  faults.connect({ count: (it) => faulty.push(it), log: () => undefined });
  const observer = {
    applied: (...it: unknown[]) => told.push(['applied', ...it]),
    batchHandled: (it: number) => told.push(['batch', it]),
    skipped: (it: number) => told.push(['skipped', it]),
  } as unknown as HandlerObserver;
  const events = HandledEvents.of(options, observer, faults)?.handled([event], result);
  return { told, faulty, events };
}

describe('the events of a call', () => {
  it('The events of a call are not looked at when the options tell nothing of them', () => {
    expect(tellsOfEvents({ name: 'x', metadata: () => ({}), filter: {}, head: 'h' })).toBe(false);
  });

  it('The events of a call are one, with its time as a date or number and its position', () => {
    const options: ProjectionOptions = {
      eventTime: (it) => (it as { at: Date | number }).at,
      position: () => 7n,
    };
    expect(handle(options, { at: new Date(5) })).toMatchObject({
      told: [['applied', 5, 7n]],
      events: undefined,
    });
    expect(handle(options, { at: 6 }).told).toEqual([['applied', 6, 7n]]);
    expect(handle(options, { at: undefined }).told).toEqual([['applied', Number.NaN, 7n]]);
  });

  it('The events of a call are those of a batch, each with its own', () => {
    const options: ProjectionOptions = { batch: true, position: (it) => it as number };
    expect(handle(options, [1, 2])).toEqual({
      told: [
        ['applied', Number.NaN, 1],
        ['applied', Number.NaN, 2],
        ['batch', 2],
      ],
      faulty: [],
      events: 2,
    });
    expect(handle(options, [])).toMatchObject({ told: [['batch', 0]], events: 0 });
  });

  it.each([
    [true, 1, 2],
    [2, 2, 1],
    [99, 3, 0],
  ])('The events of a call may have been skipped: onSkip says %s', (answer, skipped, events) => {
    const result = handle({ batch: true, onSkip: (it) => it as number }, [1, 2, 3], answer);
    expect(result.told.at(-1)).toEqual(['skipped', skipped]);
    expect(result.events).toBe(events);
  });

  it.each<[string, ProjectionOptions]>([
    ['event_time', { eventTime: () => 'noon' as never }],
    ['event_time', { eventTime: () => '1790000000000' as never }],
    ['event_time', { eventTime: () => 1_790_000_000_000n as never }],
    ['event_time', { eventTime: () => null as never }],
    ['event_time', { eventTime: () => new Date(Number.NaN) }],
    ['position', { position: () => ({}) as never }],
    ['position', { position: () => Promise.reject(new Error('async')) as never }],
    ['on_skip', { onSkip: () => -1 }],
    [
      'on_skip',
      {
        onSkip: () => {
          throw new Error('hook');
        },
      },
    ],
  ])(
    'The events of a call are counted although the hook %s fails, and that is reported',
    (hook, options) => {
      const { told, faulty, events } = handle(options, {});
      expect(told).toEqual([['applied', Number.NaN, undefined]]);
      expect(faulty).toEqual([hook]);
      expect(events).toBeUndefined();
    },
  );
});
