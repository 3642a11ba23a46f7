import { describe, expect, it } from 'vitest';
import { Command, ObserveCommand } from '../../../../lib/kinds/command.decorator.js';
import { ObserveProjection, Projection } from '../../../../lib/kinds/projection.decorator.js';
import { ObserveQuery, Query } from '../../../../lib/kinds/query.decorator.js';
import { ConfigurationError } from '../../../../lib/kernel/configuration-error.js';

type Decorate = (...target: unknown[]) => unknown;

const command = Command() as unknown as Decorate;

class Subject {
  static make(): void {}
  get total(): number {
    return 1;
  }
  place(): void {}
}

const { prototype } = Subject;
const descriptorOf = (target: object, key: string) => Object.getOwnPropertyDescriptor(target, key);

function problemOf(decorate: () => unknown) {
  try {
    decorate();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { code: error.code, ...error.problems[0] };
  }
  return undefined;
}

describe('a handler decorator', () => {
  it.each([
    ['a class', () => command(Subject)],
    ['a static method', () => command(Subject, 'make', descriptorOf(Subject, 'make'))],
    ['a parameter of a constructor', () => command(Subject, undefined, 0)],
  ])('A handler decorator refuses %s', (_, decorate) => {
    expect(problemOf(decorate)).toMatchObject({
      code: 'OBS_HANDLER_TARGET',
      rule: 'it stands on an instance method, not on a class or a static method',
    });
  });

  it.each([
    ['a property', () => command(prototype, 'name')],
    ['a property, as some compilers do it', () => command(prototype, 'name', undefined)],
    ['an accessor', () => command(prototype, 'total', descriptorOf(prototype, 'total'))],
    ['a parameter', () => command(prototype, 'place', 0)],
  ])('A handler decorator refuses %s', (_, decorate) => {
    expect(problemOf(decorate)).toMatchObject({
      code: 'OBS_HANDLER_TARGET',
      rule: 'it stands on a method, not on a property, a parameter or an accessor',
    });
  });

  it.each([
    ['a method', () => command(prototype.place, { kind: 'method', name: 'place' })],
    ['a field', () => command(undefined, { kind: 'field', name: 'name' })],
    ['a class', () => command(Subject, { kind: 'class', name: 'Subject' })],
  ])('A handler decorator refuses to be called as an ECMAScript decorator of %s', (_, decorate) => {
    expect(problemOf(decorate)).toMatchObject({
      code: 'OBS_HANDLER_TARGET',
      rule: 'the decorator was called as an ECMAScript decorator',
    });
  });

  it.each([
    ['a method', () => (Command as Decorate)(prototype, 'place', descriptorOf(prototype, 'place'))],
    ['a class', () => (Query as Decorate)(Subject)],
    ['a static method', () => (Projection as Decorate)(Subject, 'make')],
  ])('A handler decorator refuses to stand on %s without its parentheses', (_, decorate) => {
    expect(problemOf(decorate)).toMatchObject({
      code: 'OBS_HANDLER_TARGET',
      rule: 'it is called, even without options',
    });
  });

  it('A handler decorator names the decorator, the class and the method in what it says', () => {
    expect(() => command(prototype, 'total', descriptorOf(prototype, 'total'))).toThrow(
      /@Command on Subject\.total = undefined/,
    );
  });

  it('A handler decorator stands once on a method, also when a decorator in between hides it', () => {
    const hides: MethodDecorator = (_target, _key, descriptor) =>
      ({ ...descriptor, value: () => undefined }) as never;
    const twice = {
      rule: 'a method has one of @Command, @Query, @Projection and @EventStoreOperation, once',
    };
    expect(
      problemOf(() => {
        class Twice {
          @Command()
          @Query()
          run(): void {}
        }
        return Twice;
      }),
    ).toMatchObject(twice);
    expect(
      problemOf(() => {
        class Hidden {
          @Command()
          @hides
          @Query()
          run(): void {}
        }
        return Hidden;
      }),
    ).toMatchObject(twice);
  });

  it('A handler decorator keeps the attributes of the method', () => {
    const descriptor = { value: prototype.place, enumerable: true, writable: false };
    expect(command({ constructor: Subject }, 'place', descriptor)).toMatchObject({
      enumerable: true,
      writable: false,
    });
  });

  it('A handler decorator has an alias that collides with nothing', () => {
    expect([ObserveCommand, ObserveQuery, ObserveProjection]).toEqual([Command, Query, Projection]);
  });
});
