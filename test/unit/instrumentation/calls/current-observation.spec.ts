import { describe, expect, it } from 'vitest';
import { Command } from '../../../../lib/kinds/command.decorator.js';
import { currentObservation } from '../../../../lib/instrumentation/calls/current-observation.js';
import { Query } from '../../../../lib/kinds/query.decorator.js';
import { Recording } from '../recording.js';

class Orders {
  @Command({ name: 'Pay', context: true })
  async pay(attempts: number, error: unknown = new TypeError('conflict')): Promise<string> {
    for (let i = 1; i < attempts; i++) {
      await Promise.resolve();
      currentObservation()?.retry(error);
    }
    return `${currentObservation()?.kind} ${currentObservation()?.name}`;
  }

  @Command({ name: 'Fail', context: true })
  fail(): never {
    currentObservation()?.retry(null);
    throw new RangeError('given up');
  }

  @Query('Plain')
  plain(): string | undefined {
    return currentObservation()?.name;
  }

  @Query({ name: 'Outer', context: true })
  outer(): (string | undefined)[] {
    const inner = new Recording().make(Orders);
    return [this.plain(), inner.plain(), currentObservation()?.name];
  }
}

describe('currentObservation', () => {
  it('`currentObservation()` counts the attempts of a command that retries', async () => {
    const app = new Recording();
    expect(await app.make(Orders).pay(3)).toBe('command Pay');
    expect(app.ended).toEqual([
      'Pay retry TypeError',
      'Pay retry TypeError',
      'Pay success 0ms attempts=3',
    ]);
  });

  it('`currentObservation()` keeps overlapping calls apart', async () => {
    const app = new Recording();
    const orders = app.make(Orders);
    await Promise.all([orders.pay(1), orders.pay(2), orders.pay(1)]);
    expect(app.ended.toSorted()).toEqual([
      'Pay retry TypeError',
      'Pay success 0ms',
      'Pay success 0ms',
      'Pay success 0ms attempts=2',
    ]);
  });

  it('`currentObservation()` goes with a command that fails in the end', () => {
    const app = new Recording();
    expect(() => app.make(Orders).fail()).toThrow('given up');
    expect(app.ended).toEqual(['Fail retry unknown', 'Fail failure 0ms attempts=2 RangeError']);
  });

  it('`currentObservation()` is nothing outside a handler that asks for it', () => {
    expect(new Recording().make(Orders).plain()).toBe(undefined);
    expect(currentObservation()).toBe(undefined);
  });

  it('`currentObservation()` is that of the innermost handler that asks for it', () => {
    expect(new Recording().make(Orders).outer()).toEqual(['Outer', 'Outer', 'Outer']);
  });

  it('`currentObservation()` is nothing without an application', async () => {
    expect(await new Orders().pay(2)).toBe('undefined undefined');
  });
});
