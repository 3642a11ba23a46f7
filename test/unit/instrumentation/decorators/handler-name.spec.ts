import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import {
  addDecoration,
  type HandlerDecoration,
} from '../../../../lib/instrumentation/decorators/handler-decoration.js';
import {
  type HandlerClass,
  handlerName,
} from '../../../../lib/instrumentation/decorators/handler-name.js';
import { commandKind } from '../../../../lib/kinds/command.decorator.js';
import { projectionKind } from '../../../../lib/kinds/projection.decorator.js';
import { queryKind } from '../../../../lib/kinds/query.decorator.js';

class PlaceOrder {
  id = 1;
}

class Orders {
  id = 1;
}

const anonymous = (() =>
  class {
    id = 1;
  })();

const secret = Symbol('secret');

function nameOf(
  decorated: Partial<HandlerDecoration>,
  first: unknown,
  handlerClass: HandlerClass = Orders,
): string {
  const target = Object.create(null) as object;
  const key = decorated.key ?? 'place';
  if (first !== undefined) Reflect.defineMetadata('design:paramtypes', [first], target, key);
  const decoration = addDecoration<HandlerDecoration>({
    kind: commandKind,
    options: {},
    ...decorated,
    target,
    key,
  });
  return handlerName(decoration, handlerClass).name;
}

describe('the name of a handler', () => {
  it('The name of a handler is the one that its decorator gives, first of all', () => {
    expect(nameOf({ options: { name: 'Place' } }, PlaceOrder)).toBe('Place');
  });

  it('The name of a handler is the class of the first parameter of a command or query', () => {
    expect(nameOf({}, PlaceOrder)).toBe('PlaceOrder');
    expect(nameOf({ kind: queryKind }, PlaceOrder)).toBe('PlaceOrder');
  });

  it.each([Object, String, Number, Array, Promise, Date, Buffer, undefined, anonymous])(
    'The name of a handler is Class.method when the first parameter is %s',
    (first) => {
      expect(nameOf({}, first)).toBe('Orders.place');
    },
  );

  it('The name of a handler has the description of a symbol', () => {
    expect(nameOf({ key: secret }, undefined)).toBe('Orders.secret');
    expect(nameOf({ key: Symbol() }, undefined)).toBe('Orders.symbol');
  });

  it('The name of a handler is the class of a projection', () => {
    expect(nameOf({ kind: projectionKind }, PlaceOrder)).toBe('Orders');
  });

  it('The name of a handler does without the name of a class that has none, or another static member of that name', () => {
    const named = Object.defineProperty(
      class {
        id = 1;
      },
      'name',
      { value: () => 'no text' },
    );
    expect(nameOf({}, undefined, anonymous)).toBe('anonymous.place');
    expect(nameOf({}, undefined, named)).toBe('anonymous.place');
  });
});
