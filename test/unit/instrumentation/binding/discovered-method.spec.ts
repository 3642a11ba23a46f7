import { describe, expect, it, vi } from 'vitest';
import { Command } from '../../../../lib/kinds/command.decorator.js';
import { discoverMethod } from '../../../../lib/instrumentation/binding/discovered-method.js';
import {
  effectiveDecorations,
  ownDecorations,
} from '../../../../lib/instrumentation/decorators/handler-decoration.js';
import { commandKind } from '../../../../lib/kinds/command.decorator.js';
import { projectionKind } from '../../../../lib/kinds/projection.decorator.js';

const EXECUTE = { kind: commandKind, key: 'execute' } as const;

describe('a discovered method', () => {
  it('A discovered method is wrapped once, where it is declared', () => {
    class Declaring {
      execute(): string {
        return 'done';
      }
    }
    class Inheriting extends Declaring {}
    const original = Declaring.prototype.execute;
    const found = discoverMethod(Inheriting.prototype, EXECUTE);
    const wrapper = Declaring.prototype.execute;
    expect(wrapper).not.toBe(original);
    expect(discoverMethod(Declaring.prototype, EXECUTE)).toBe(found);
    expect(Declaring.prototype.execute).toBe(wrapper);
    expect(Object.hasOwn(Inheriting.prototype, 'execute')).toBe(false);
    expect(new Inheriting().execute()).toBe('done');
  });

  it('A discovered method is there only for who found it', () => {
    class Handler {
      execute(): void {}
    }
    const found = discoverMethod(Handler.prototype, EXECUTE);
    expect(effectiveDecorations(Handler.prototype)).toEqual([]);
    expect(effectiveDecorations(Handler.prototype, found && [found])).toEqual([found]);
  });

  it('A discovered method has a place of its own whatever was decorated before or after', () => {
    class Generic {
      execute(): void {}
    }
    class Handler extends Generic {
      @Command()
      other(): void {}
      handle(): void {}
    }
    const projection = { kind: projectionKind, key: 'handle' } as const;
    const found = [
      discoverMethod(Generic.prototype, EXECUTE),
      discoverMethod(Handler.prototype, projection),
      ...ownDecorations(Handler.prototype),
    ];
    expect(new Set(found.map((it) => it?.index)).size).toBe(new Set(found).size);
  });

  it('A discovered method is wrapped again when something else has taken the place of the wrapper', () => {
    class Handler {
      execute(): string {
        return 'done';
      }
    }
    const spy = vi.spyOn(Handler.prototype, 'execute');
    const first = discoverMethod(Handler.prototype, EXECUTE);
    spy.mockRestore();
    const second = discoverMethod(Handler.prototype, EXECUTE);
    expect(second).not.toBe(first);
    expect(ownDecorations(Handler.prototype)).toEqual([second]);
  });

  it('A discovered method is left alone when it is decorated, or calls what is', () => {
    class Decorated {
      @Command()
      execute(): void {}
    }
    class Calling {
      execute(): void {
        this.place();
      }
      @Command()
      place(): void {}
    }
    const before = [Decorated, Calling].map((it) => it.prototype.execute);
    expect(discoverMethod(Decorated.prototype, EXECUTE)).toBeUndefined();
    expect(discoverMethod(Calling.prototype, EXECUTE)).toBeUndefined();
    expect([Decorated, Calling].map((it) => it.prototype.execute)).toEqual(before);
  });

  it('A discovered method is none that is not there, or is an accessor', () => {
    class Accessor {
      get execute(): () => void {
        return () => undefined;
      }
    }
    expect(discoverMethod(class {}.prototype, EXECUTE)).toBeUndefined();
    expect(discoverMethod(Accessor.prototype, EXECUTE, new Accessor())).toBeUndefined();
    expect(discoverMethod(class {}.prototype, EXECUTE, { execute: 1 })).toBeUndefined();
  });
});
