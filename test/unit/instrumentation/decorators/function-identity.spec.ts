import 'reflect-metadata';
import { types } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Command } from '../../../../lib/kinds/command.decorator.js';
import type { AnyFunction } from '../../../../lib/instrumentation/decorators/function-identity.js';

/** Decorates a method that is not part of a class. */
function decorated(original: AnyFunction): AnyFunction {
  const target = { constructor: decorated };
  return (Command()(target, 'place', { value: original as never }) as PropertyDescriptor)
    .value as AnyFunction;
}

function asynchronous(): AnyFunction {
  const { place } = {
    async place(_order: unknown, _user: unknown) {},
  };
  return place;
}

describe('the function in place of a method', () => {
  it('The function in place of a method has its name, length, prototype and own properties, attributes included', () => {
    const original = asynchronous();
    const mark = Symbol('mark');
    Object.assign(original, { [mark]: 1, roles: ['admin'] });
    Object.defineProperty(original, 'hidden', { get: () => 'got' });
    const wrapper = decorated(original);
    expect([wrapper.name, wrapper.length]).toEqual(['place', 2]);
    expect(Object.getPrototypeOf(wrapper)).toBe(Object.getPrototypeOf(original));
    expect(Object.prototype.toString.call(wrapper)).toBe('[object AsyncFunction]');
    expect(Object.getOwnPropertyDescriptors(wrapper)).toMatchObject(
      Object.getOwnPropertyDescriptors(original),
    );
    expect(Object.keys(wrapper)).toEqual(['roles']);
  });

  it('The function in place of a method takes over what an old-fashioned function has', () => {
    // oxlint-disable-next-line no-new-func
    const original = new Function('a', 'return this === undefined ? 0 : a') as AnyFunction;
    const wrapper = decorated(original);
    expect(wrapper.call(undefined, 3)).toBe(3);
    expect(wrapper.prototype).toBe(original.prototype);
  });

  it('The function in place of a method may stand for a proxy', () => {
    const original = new Proxy(asynchronous(), {});
    expect(decorated(original).length).toBe(2);
    expect(types.isProxy(decorated(original))).toBe(false);
  });

  it('The function in place of a method has the metadata that decorators below left', () => {
    const original = asynchronous();
    Reflect.defineMetadata('roles', ['admin'], original);
    expect(Reflect.getMetadata('roles', decorated(original))).toEqual(['admin']);
  });

  it('The function in place of a method gives the metadata that decorators above leave to who kept the original', async () => {
    const original = asynchronous();
    Reflect.defineMetadata('roles', ['admin'], original);
    const wrapper = decorated(original);
    Reflect.defineMetadata('roles', ['admin', 'owner'], wrapper);
    Reflect.defineMetadata('above', 1, wrapper);
    Reflect.defineMetadata('late', 2, original);
    await Promise.resolve();
    for (const method of [wrapper, original]) {
      expect(Reflect.getMetadata('roles', method)).toEqual(['admin', 'owner']);
      expect(Reflect.getMetadata('above', method)).toBe(1);
      expect(Reflect.getMetadata('late', method)).toBe(2);
    }
  });
});
