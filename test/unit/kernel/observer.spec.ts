import { describe, expect, it } from 'vitest';
import { Faults } from '../../../lib/kernel/faults.js';
import { fanOut, type HandlerObserver, type Observer } from '../../../lib/kernel/observer.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { commandKind } from '../../../lib/kinds/command.decorator.js';

const handler = { kind: commandKind, name: 'PlaceOrder', labels: {} } as const;
const description = { type: 'Error', category: 'permanent' } as const;

function recording(calls: unknown[]): Observer {
  const note =
    (call: string) =>
    (...args: unknown[]) =>
      void calls.push([call, ...args]);
  return {
    bind: () => ({
      started: note('started'),
      succeeded: note('succeeded'),
      rejected: note('rejected'),
      failed: note('failed'),
      retried: note('retried'),
      abandoned: note('abandoned'),
    }),
  };
}

function tell(observer: HandlerObserver): void {
  observer.started();
  observer.succeeded(1, 2, 3);
  observer.rejected(1, 2, description);
  observer.failed(1, 2, description);
  observer.retried(description);
  observer.abandoned();
}

const everything = [
  ['started'],
  ['succeeded', 1, 2, 3],
  ['rejected', 1, 2, description],
  ['failed', 1, 2, description],
  ['retried', description],
  ['abandoned'],
];

describe('a fan-out', () => {
  it('A fan-out tells every observer everything, in their order', () => {
    const one: unknown[] = [];
    const two: unknown[] = [];
    const faults = new Faults(new ManualClock());
    tell(fanOut([recording(one), recording(two)], faults).bind(handler));
    expect(one).toEqual(everything);
    expect(two).toEqual(everything);
  });

  it('A fan-out of one observer is that observer', () => {
    const only = recording([]);
    expect(fanOut([only], new Faults(new ManualClock()))).toBe(only);
  });

  it('A fan-out goes on when one throws, and counts the fault', () => {
    const calls: unknown[] = [];
    const faults = new Faults(new ManualClock());
    const counted: string[] = [];
    faults.connect({ count: (it) => counted.push(it), log: () => undefined });
    const throwing: Observer = {
      bind: () =>
        new Proxy({} as HandlerObserver, {
          get: () => () => {
            throw new Error('observer');
          },
        }),
    };
    tell(fanOut([throwing, recording(calls)], faults).bind(handler));
    expect(calls).toEqual(everything);
    expect(counted).toEqual(Array(6).fill('observer'));
  });
});
