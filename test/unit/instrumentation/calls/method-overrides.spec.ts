import { describe, expect, it } from 'vitest';
import { MethodOverrides } from '../../../../lib/instrumentation/calls/method-overrides.js';

class Bus {
  moduleRef: object = { of: 'Nest' };
  publish(event: string, _context?: object): string {
    return `published ${event}`;
  }
}

function override(bus: Bus): MethodOverrides {
  const overrides = new MethodOverrides();
  overrides.method(
    bus,
    'publish',
    (original) =>
      function (this: unknown, event) {
        return `seen and ${String(original.call(this, event))}`;
      },
  );
  return overrides;
}

describe('overrides of one object', () => {
  it('Overrides of one object replace a method of that object alone, until they are released', () => {
    const [bus, other] = [new Bus(), new Bus()];
    const overrides = override(bus);
    expect(bus.publish('it')).toBe('seen and published it');
    expect(other.publish('it')).toBe('published it');
    expect([bus.publish.name, bus.publish.length]).toEqual(['publish', 2]);
    expect(Object.keys(bus)).toEqual(['moduleRef']);
    overrides.release();
    expect(Object.hasOwn(bus, 'publish')).toBe(false);
  });

  it('Overrides of one object leave a replacement of somebody else alone, before and after', () => {
    const mocked = Object.assign(new Bus(), { publish: () => 'mocked' });
    override(mocked).release();
    expect(mocked.publish('it')).toBe('mocked');
    const bus = new Bus();
    const overrides = override(bus);
    bus.publish = () => 'spied';
    overrides.release();
    expect(bus.publish('it')).toBe('spied');
  });

  it('Overrides of one object leave what cannot be changed, and what is no method', () => {
    const frozen = Object.freeze(new Bus());
    const overrides = override(frozen);
    overrides.field(frozen, 'moduleRef', {});
    overrides.method({}, 'publish', (it) => it);
    expect(frozen.publish('it')).toBe('published it');
    expect(frozen.moduleRef).toEqual({ of: 'Nest' });
  });

  it('Overrides of one object set a field back to what it was', () => {
    const bus = new Bus();
    const before = bus.moduleRef;
    const overrides = new MethodOverrides();
    const between = { of: 'ours' };
    overrides.field(bus, 'moduleRef', between);
    expect(bus.moduleRef).toBe(between);
    overrides.release();
    expect(bus.moduleRef).toBe(before);
  });
});
