import { describe, expect, it } from 'vitest';
import { CqrsSelection } from '../../../../lib/integrations/cqrs/cqrs-selection.js';

class Handler {}
class FakeHandler extends Handler {}
class Placed {}
class PlacedTwice extends Placed {}
class Shipped {}

describe('a selection', () => {
  it.each([
    ['everything without options', {}, true],
    ['a handler by its class', { include: [Handler] }, true],
    ['a handler by its name', { include: ['Handler'] }, true],
    ['a handler by one of its messages', { include: [Shipped] }, true],
    ['not what is not included', { include: [PlacedTwice] }, false],
    ['not a handler that is excluded', { exclude: [Handler] }, false],
    ['not a handler all of whose messages are excluded', { exclude: [Placed, 'Shipped'] }, false],
    ['a handler of which one message is excluded', { exclude: [Placed] }, true],
  ])('A selection accepts %s', (_, options, accepted) => {
    expect(new CqrsSelection(options).accepts(Handler, [Placed, Shipped])).toBe(accepted);
  });

  it('A selection means subclasses by a class, and the very class by a name', () => {
    expect(new CqrsSelection({ exclude: [Handler] }).accepts(FakeHandler, [])).toBe(false);
    expect(new CqrsSelection({ exclude: ['Handler'] }).accepts(FakeHandler, [])).toBe(true);
    expect(new CqrsSelection({ exclude: [Placed] }).accepts(undefined, [PlacedTwice])).toBe(false);
  });

  it('A selection accepts a handler of every event unless itself is excluded', () => {
    expect(new CqrsSelection({ exclude: [Placed] }).accepts(Handler, [])).toBe(true);
    expect(new CqrsSelection({ include: [Placed] }).accepts(Handler, [])).toBe(false);
  });

  it('A selection knows the names that meant nothing', () => {
    const selection = new CqrsSelection({ include: ['Handler', 'Hander'], exclude: ['Shiped'] });
    selection.accepts(Handler, [Placed]);
    expect(() => selection.assertNamesKnown()).toThrow(
      /cqrs\.include = "Hander"[^]*cqrs\.exclude = "Shiped"/,
    );
  });

  it('A selection is content with names that were met, and with classes that were not', () => {
    const selection = new CqrsSelection({ include: ['Placed', Shipped] });
    selection.accepts(Handler, [Placed]);
    expect(() => selection.assertNamesKnown()).not.toThrow();
  });
});
