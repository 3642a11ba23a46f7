import knex from 'knex';
import { describe, expect, it, vi } from 'vitest';
import {
  readWithoutGetters,
  declares,
  declaresMethods,
  isObject,
} from '../../../lib/kernel/hooks.js';

class Parent {
  own = 1;

  method(): void {}

  get computed(): number {
    throw new Error('called');
  }
}
class Child extends Parent {}

const untouchable = new Proxy(new Child(), {
  get: () => {
    throw new Error('asked');
  },
  has: () => {
    throw new Error('asked');
  },
  getOwnPropertyDescriptor: () => {
    throw new Error('asked');
  },
  getPrototypeOf: () => {
    throw new Error('asked');
  },
});

describe('a declared value', () => {
  it('A declared value is what the object or a prototype of it holds', () => {
    expect(readWithoutGetters(new Child(), 'own')).toBe(1);
    expect(readWithoutGetters(new Child(), 'method')).toBe(Parent.prototype.method);
    expect(readWithoutGetters(() => 1, 'length')).toBe(0);
    expect(readWithoutGetters(Object.create(null), 'own')).toBeUndefined();
  });

  it('A declared value is nothing where a getter would have to be called', () => {
    expect(readWithoutGetters(new Child(), 'computed')).toBeUndefined();
    expect(declares(new Child(), 'computed', 'own')).toBe(true);
    expect(declaresMethods(new Child(), 'computed')).toBe(false);
  });

  it.each([
    ['a proxy', untouchable],
    ['what inherits from a proxy', Object.create(untouchable) as object],
  ])('A declared value is nothing of %s', (_what, target) => {
    expect(readWithoutGetters(target, 'own')).toBeUndefined();
    expect(declares(target, 'own')).toBe(false);
  });

  it.each([undefined, null, 5, 'text', Symbol('x'), 5n])(
    'A declared value is nothing of %s',
    (value) => {
      expect(isObject(value)).toBe(false);
      expect(readWithoutGetters(value, 'length')).toBeUndefined();
    },
  );

  it('A declared value is found without running a query that waits to be awaited', () => {
    const query = knex({ client: 'pg' }).select('a').from('b');
    const awaited = vi.spyOn(query, 'then');
    for (const name of ['then', 'context', 'client', 'driver']) readWithoutGetters(query, name);
    expect(awaited).not.toHaveBeenCalled();
  });
});
