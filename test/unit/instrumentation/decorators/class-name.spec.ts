import { mixin, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  classNameOf,
  type NamedClass,
} from '../../../../lib/instrumentation/decorators/class-name.js';
import { EntryProgram } from '../../../../lib/instrumentation/decorators/entry-program.js';

/** Classes of a program, by the variables that hold them. */
function run(source: string): Record<string, NamedClass> {
  const variables = [...source.matchAll(/^var (\w+) =/gm)].map(([, it]) => it);
  return new Function(`${source}\nreturn { ${variables.join()} };`)() as Record<string, NamedClass>;
}

function namesIn(source: string) {
  const program = new EntryProgram(() => source);
  return Object.values(run(source)).map((it) => {
    const { name, madeBy, base } = classNameOf(it, program);
    if (madeBy !== undefined) return `${name}, made by a tool`;
    return base === undefined ? name : `${name}, which may be ${base}`;
  });
}

describe('the name of a class in a bundle', () => {
  it('A class that refers to itself has the name without the underscore of esbuild', () => {
    const source = `// src/orders.ts
var PlaceOrder = class _PlaceOrder {
  static none = new _PlaceOrder();
};
var _Sales = class _Sales {
};
var Sales = _Sales;
`;
    expect(namesIn(source)).toEqual(['PlaceOrder', 'Sales', 'Sales']);
    expect(namesIn(source.replace('// src/orders.ts', ''))).toEqual([
      'PlaceOrder',
      'Sales',
      'Sales',
    ]);
  });

  it('A class that esbuild numbers inside of its own variable has the name of the variable', () => {
    const source = `// dist/orders.js
var Orders = class Orders2 {
};
// dist/payments.js
var Self_1;
var Payments = Self_1 = class Payments2 {
};
var Oauth2 = class Oauth22 {
};
`;
    expect(namesIn(source.replace('var Self_1', 'let Self_1'))).toEqual([
      'Orders',
      'Payments',
      'Oauth2',
    ]);
  });

  it('A class whose number esbuild added to tell two variables apart has a name that a tool made', () => {
    const source = `// src/a.ts
var Sales = class {
};
// src/b.ts
var Sales2 = class {
};
var _Sales3 = class _Sales3 {
};
`;
    const made = ['Sales2, made by a tool', 'Sales3, made by a tool'];
    expect(namesIn(source)).toEqual(['Sales', ...made]);
    const lazy = source.replaceAll('var ', '').replace('// src/a', 'var Sales, Sales2;\n// src/a');
    expect(
      classNameOf(run(source)['Sales2'] as NamedClass, new EntryProgram(() => lazy)).madeBy,
    ).toContain('bundler');
    const decorated = source.replaceAll(/= class( \w+)?/g, '= class Sales9');
    expect(namesIn(decorated.replace('Sales9', 'Sales8'))[0]).toBe('Sales');
    expect(namesIn(`${source}\nvar __name = () => class Kept {};`).slice(0, 2)).toEqual([
      'Sales',
      'Sales2',
    ]);
  });

  it('A class outside of a bundle keeps its number, which a bundler may have added', () => {
    expect(namesIn('var Sales2 = class {};')).toEqual(['Sales2, which may be Sales']);
    expect(namesIn('var Step1 = class {};')).toEqual(['Step1']);
    expect(namesIn('var Sales = class Sales$1 {};')).toEqual(['Sales']);
  });

  it('A minified class and a nameless default export have names that a tool made', () => {
    const source = 'var A = class Fh{run(){}};\nvar B = class e extends A{};\nvar C = class{};';
    expect(namesIn(source)).toEqual([
      'Fh, made by a tool',
      'e, made by a tool',
      'C, made by a tool',
    ]);
    expect(namesIn('var orders_default = class {};')).toEqual(['orders_default, made by a tool']);
    expect(namesIn('var A = class A {};\nvar B = class Pay{};')).toEqual(['A', 'Pay']);
  });

  it('A minified class whose name a bundler kept has that name', () => {
    const [kept] = Object.values(run('var e = class e{};'));
    Object.defineProperty(kept, 'name', { value: 'Orders' });
    expect(classNameOf(kept as NamedClass)).toEqual({ name: 'Orders' });
  });

  it('A class of mixin() has the name in its source text, without what a bundler added', () => {
    const named = (source: string) =>
      classNameOf(mixin(Object.values(run(source))[0] as Type)).name;
    expect(named('var Mixed = class _Mixed {};')).toBe('Mixed');
    expect(named('var Mixed = class Mixed {};')).toBe('Mixed');
    expect(classNameOf(mixin(class {})).madeBy).toContain('mixin()');
  });
});
