import { describe, expect, it } from 'vitest';
import { Command } from '../../../../lib/kinds/command.decorator.js';
import { Projection } from '../../../../lib/kinds/projection.decorator.js';
import { Query } from '../../../../lib/kinds/query.decorator.js';
import { ConfigurationError } from '../../../../lib/kernel/configuration-error.js';
import { Recording } from '../recording.js';

class Orders {
  @Command('Place')
  place(): void {}

  @Query('Place')
  find(): void {}
}

class Imports {
  @Command('Place')
  place(): void {}
}

class FirstShare {
  @Command({ name: 'Sync', shared: true })
  sync(): void {}
}

class SecondShare {
  @Command({ name: 'Sync', shared: true })
  sync(): void {}
}

class Unshared {
  @Command('Sync')
  sync(): void {}
}

class Totals {
  @Projection('totals')
  placed(): void {}

  @Projection('totals')
  paid(): void {}
}

class OtherTotals {
  @Projection('totals')
  placed(): void {}
}

class Base {
  @Command()
  run(): void {}
}

class Derived extends Base {}

function check(...classes: (new () => object)[]) {
  const { instrumentation } = new Recording();
  for (const handlerClass of classes) instrumentation.register(handlerClass);
  return () => instrumentation.inventory.assertNames();
}

describe('two handlers of one name', () => {
  it('Two handlers of one name are refused, with both of them named', () => {
    const clash = check(Orders, Imports);
    expect(clash).toThrow(ConfigurationError);
    expect(clash).toThrow(
      /OBS_HANDLER_DUPLICATE.*\n.*command name = "Place": Orders\.place and Imports\.place report/,
    );
  });

  it('Two handlers of one name are no clash when one is a command and one a query', () => {
    expect(check(Orders)).not.toThrow();
  });

  it('Two handlers of one name are allowed when all of them say so', () => {
    expect(check(FirstShare, SecondShare)).not.toThrow();
    expect(check(FirstShare, Unshared)).toThrow(/FirstShare\.sync and Unshared\.sync/);
  });

  it('Two handlers of one name are one projection when they are of one class, and a clash when of two', () => {
    expect(check(Totals)).not.toThrow();
    expect(check(Totals, OtherTotals)).toThrow(/projection name = "totals"/);
  });

  it('Two handlers of one name are all reported at once', () => {
    expect(check(Orders, Imports, FirstShare, Unshared)).toThrow(/"Place"[^]*"Sync"/);
  });

  it('Two handlers of one name are one when a class is registered twice, and two with the classes in their names', () => {
    expect(check(Orders, Orders)).not.toThrow();
    const { instrumentation } = new Recording();
    instrumentation.register(Base);
    instrumentation.register(Derived);
    expect(instrumentation.inventory.list().map(({ name }) => name)).toEqual([
      'Base.run',
      'Derived.run',
    ]);
  });
});
