import { describe, expect, it } from 'vitest';
import { Command } from '../../../../lib/kinds/command.decorator.js';
import type { Outcome } from '../../../../lib/kernel/errors/error-classification.js';
import type { Clock } from '../../../../lib/kernel/clock.js';
import { Recording, settled } from '../recording.js';

class Orders {
  @Command({ name: 'Events', events: (hook) => (hook as () => number)() })
  events(hook: () => unknown): unknown {
    return hook;
  }

  @Command({ name: 'Outcome', outcome: (error) => (error as () => Outcome)() })
  outcome(hook: () => unknown): never {
    throw hook;
  }

  @Command('Plain')
  plain(result: unknown): unknown {
    return result;
  }
}

const throwing = (thrown: unknown) => () => {
  throw thrown;
};

function caughtFrom(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('the events hook', () => {
  it.each([
    [0, 'Events success 0ms 0'],
    [3, 'Events success 0ms 3'],
    [['a', 'b'], 'Events success 0ms 2'],
    [[], 'Events success 0ms 0'],
    [undefined, 'Events success 0ms'],
  ])('The events hook may answer %j', (answer, line) => {
    const app = new Recording();
    app.make(Orders).events(() => answer);
    expect(app.ended).toEqual([line]);
    expect(app.faults).toEqual([]);
  });

  it.each([
    ['NaN', () => Number.NaN],
    ['Infinity', () => Infinity],
    ['-1', () => -1],
    ['1.5', () => 1.5],
    ['a text', () => '3'],
    ['null', () => null],
    ['an object', () => ({ length: 3 })],
    ['a promise', async () => 3],
    ['a promise that fails', async () => throwing(new Error('hook'))()],
    ['an error', throwing(new Error('hook'))],
    ['a thrown null', throwing(null)],
  ])('The events hook that answers with %s is counted and survived', async (_, hook) => {
    const app = new Recording();
    expect(app.make(Orders).events(hook)).toBe(hook);
    await settled();
    expect(app.ended).toEqual(['Events success 0ms']);
    expect(app.faults).toEqual(['events']);
  });

  it('The events hook may run into a getter of the result that throws', () => {
    const app = new Recording();
    const result = Object.defineProperty({}, 'events', { get: throwing(new Error('getter')) });
    class Placed {
      @Command({ name: 'Get', events: (it) => (it as { events: number }).events })
      get(): object {
        return result;
      }
    }
    expect(app.make(Placed).get()).toBe(result);
    expect(app.ended).toEqual(['Get success 0ms']);
    expect(app.faults).toEqual(['events']);
  });
});

describe('the outcome hook', () => {
  it.each([
    ['success', 'Outcome success 0ms'],
    ['rejected', 'Outcome rejected 0ms unknown'],
    ['failure', 'Outcome failure 0ms unknown'],
    [undefined, 'Outcome failure 0ms unknown'],
  ])('The outcome hook may answer %s', (answer, line) => {
    const app = new Recording();
    const hook = () => answer;
    expect(caughtFrom(() => app.make(Orders).outcome(hook))).toBe(hook);
    expect(app.ended).toEqual([line]);
    expect(app.faults).toEqual([]);
  });

  it.each([
    ['an unknown outcome', () => 'perhaps'],
    ['null', () => null],
    ['a promise', async () => 'success'],
    ['a promise that fails', async () => throwing(new Error('hook'))()],
    ['an error', throwing(new Error('hook'))],
  ])('The outcome hook that answers with %s is counted and survived', async (_, hook) => {
    const app = new Recording();
    expect(caughtFrom(() => app.make(Orders).outcome(hook))).toBe(hook);
    await settled();
    expect(app.ended).toEqual(['Outcome failure 0ms unknown']);
    expect(app.faults).toEqual(['classifier']);
  });
});

describe('what the caller sees', () => {
  it('The result that the caller sees is the result of the handler when the clock of the application fails', () => {
    const clock: Clock = { monotonicMs: throwing(new Error('clock')), wallMs: () => 0 };
    const app = new Recording({ clock });
    expect(app.make(Orders).plain(1)).toBe(1);
    expect(app.ended).toEqual(['Plain success NaNms']);
    expect(app.faults).toEqual(['clock', 'clock']);
    expect(app.active).toBe(0);
  });

  it('The result that the caller sees is the result of the handler when an observer fails', () => {
    const app = new Recording();
    const orders = app.make(Orders);
    app.ended.push = throwing(new Error('observer'));
    expect(orders.plain(1)).toBe(1);
    expect(app.faults).toEqual(['observer']);
  });

  it('The result that the caller sees is a result that nobody looked at', () => {
    const app = new Recording();
    const result = new Proxy({}, { get: throwing(new Error('looked at')) });
    expect(app.make(Orders).plain(result) === result).toBe(true);
    expect(app.ended).toEqual(['Plain success 0ms']);
  });
});
