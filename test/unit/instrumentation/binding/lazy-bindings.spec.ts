import { describe, expect, it } from 'vitest';
import { Command } from '../../../../lib/kinds/command.decorator.js';
import { Recording } from '../recording.js';

class Orders {
  @Command('Place')
  place(): void {}

  @Command('Ship')
  ship(): void {}

  @Command('Cancel')
  cancel(): void {}
}

class Failing extends Recording {
  override bind(): never {
    throw new Error('no series');
  }
}

/** Names of the handlers that have series, in the order of binding. */
class Bound extends Recording {
  readonly names: string[] = [];

  override bind(...[identity]: Parameters<Recording['bind']>) {
    this.names.push(identity.name);
    return super.bind(identity);
  }
}

describe('lazy bindings', () => {
  it('The first call of a handler binds this handler and no other one of its class', () => {
    const recording = new Bound();
    const orders = recording.make(Orders);
    expect(recording.names).toEqual([]);
    orders.ship();
    orders.ship();
    expect(recording.names).toEqual(['Ship']);
    expect(recording.ended).toHaveLength(2);
  });

  it('Preparing binds as many handlers as the limit allows and tells when none is left', () => {
    const recording = new Bound();
    const orders = recording.make(Orders);
    orders.ship();
    expect(recording.instrumentation.prepare(1)).toBe(false);
    expect(recording.names).toEqual(['Ship', 'Place']);
    expect(recording.instrumentation.prepare(1)).toBe(true);
    expect(recording.names).toEqual(['Ship', 'Place', 'Cancel']);
    expect(recording.instrumentation.prepare(1)).toBe(true);
    expect(recording.names).toHaveLength(3);
  });

  it('A handler whose binding fails runs unobserved, and the fault is reported once', () => {
    const recording = new Failing();
    const orders = recording.make(Orders);
    orders.place();
    orders.place();
    expect(recording.faults).toEqual(['instrumentation']);
    expect(recording.ended).toEqual([]);
  });

  it('A released application binds nothing any more', () => {
    const recording = new Bound();
    const orders = recording.make(Orders);
    recording.instrumentation.release();
    orders.place();
    expect(recording.names).toEqual([]);
  });
});
