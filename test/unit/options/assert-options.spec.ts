import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/kernel/configuration-error.js';
import { assertOptions, optionProblems } from '../../../lib/options/assert-options.js';
import {
  deferred,
  describedOptions,
  group,
  list,
  option,
  type OptionDescription,
  record,
  variant,
} from '../../../lib/options/description.js';
import { flag, oneOf, text, wholeNumber } from '../../../lib/options/standard-options.js';

const rules = { rule: 'a thing', remedy: 'Pass a thing.' };
const tree: OptionDescription = variant(
  {
    by: 'type',
    among: {
      leaf: group({ size: wholeNumber(0, 9, { required: true }) }),
      node: group({ left: deferred(() => tree, { ...rules, required: true }) }),
    },
    or: v.literal('none'),
  },
  rules,
);
const members = {
  serviceName: text(),
  secretKey: option(v.pipe(v.string(), v.minLength(8)), { ...rules, secret: true }),
  cardinality: group({ seriesLimit: wholeNumber(1, 1_000_000) }),
  tracing: group({ store: flag() }, { ...rules, or: v.literal(false) }),
  mode: oneOf(['fast', 'slow']),
  labels: record({ key: text(8), value: text() }, rules),
  exporters: list(group({ name: text(64, { required: true }) }), { ...rules, single: true }),
  tree,
};
const description = group(members, {
  ...rules,
  misplaced: { health: { rule: 'shapes the module', remedy: 'Move it.' } },
  checks: [
    {
      at: 'mode',
      rule: 'is not used with secretKey',
      remedy: 'Remove it.',
      holds: ({ mode, secretKey }) => mode === undefined || secretKey === undefined,
    },
  ],
});

const problems = (value: unknown, subject = '') => optionProblems(subject, description, value);
const subjects = (value: unknown) => problems(value).map((it) => it.subject);

describe('assertOptions', () => {
  it.each([
    [{}],
    [{ serviceName: undefined, unknown: undefined }],
    [{ serviceName: 'shop', cardinality: { seriesLimit: 1 }, tracing: false, mode: 'slow' }],
    [{ labels: { a: 'b' }, exporters: [{ name: 'x' }] }],
    [{ exporters: { name: 'x' } }],
    [{ tree: { type: 'node', left: { type: 'leaf', size: 3 } } }],
    [{ tree: 'none' }],
  ])('`assertOptions()` accepts %j', (value) => {
    expect(problems(value)).toEqual([]);
  });

  it.each<[unknown, string[]]>([
    [null, ['options']],
    [[], ['options']],
    [Promise.resolve({}), ['options']],
    [() => ({}), ['options']],
    [{ serviceName: null, mode: 1 }, ['serviceName', 'mode']],
    [{ cardinality: { seriesLimit: 0 } }, ['cardinality.seriesLimit']],
    [{ tracing: true }, ['tracing']],
    [{ labels: { a: '', b: undefined } }, ['labels.a', 'labels.b']],
    [{ labels: { 'much too long': 'x' } }, ['labels.much too long']],
    [{ exporters: [{}, { name: 1 }] }, ['exporters[0].name', 'exporters[1].name']],
    [{ exporters: [undefined] }, ['exporters[0]']],
    [{ tree: { type: 'bush' } }, ['tree.type']],
    [{ tree: { type: 'node', left: { type: 'leaf' } } }, ['tree.left.size']],
    [JSON.parse('{"__proto__": 1, "constructor": 2}'), ['__proto__', 'constructor']],
    [{ health: 1 }, ['health']],
    [{ mode: 'fast', secretKey: '12345678' }, ['mode']],
  ])('`assertOptions()` reports every problem of %j with its path', (value, expected) => {
    expect(subjects(value)).toEqual(expected);
  });

  it('`assertOptions()` reports all problems in one error with values, rules and remedies', () => {
    const act = () =>
      assertOptions('demo', description, { servicename: 'shop', cardinality: { seriesLimt: 5 } });
    expect(act).toThrow(ConfigurationError);
    expect(act).toThrow(
      [
        '  demo.servicename = "shop": is not a known option. Did you mean serviceName?',
        '  demo.cardinality.seriesLimt = 5: is not a known option. Did you mean seriesLimit?',
      ].join('\n'),
    );
  });

  it('`assertOptions()` names the known options when none is near', () => {
    const [problem] = problems({ cardinality: { zzzzzzzzzz: 1 } });
    expect(problem?.remedy).toBe('Known options: seriesLimit.');
  });

  it('`assertOptions()` says where a misplaced option belongs', () => {
    expect(problems({ health: {} })).toMatchObject([
      { rule: 'shapes the module', remedy: 'Move it.' },
    ]);
  });

  it('`assertOptions()` writes an owner that is a phrase before the path', () => {
    expect(problems({ mode: 1 }, '@Command on Orders.place')[0]?.subject).toBe(
      '@Command on Orders.place, mode',
    );
  });

  it('`assertOptions()` throws with the code of the owner', () => {
    const owner = { subject: 'x', code: 'OBS_HANDLER_OPTION' } as const;
    expect(() => assertOptions(owner, description, null)).toThrow('OBS_HANDLER_OPTION');
  });

  it.each([
    { secretKey: 'hunter2' },
    { secretkey: 'hunter2' },
    { password: 'hunter2' },
    { stuff: { of: 'hunter2' } },
    ['hunter2'],
    'https://me:hunter2@host',
  ])('`assertOptions()` never shows the value of a secret option: %j', (value) => {
    const found = problems(value);
    expect(found).not.toEqual([]);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  it('`assertOptions()` ends at a cycle', () => {
    const cyclic: Record<string, unknown> = { type: 'node' };
    cyclic['left'] = cyclic;
    expect(subjects({ tree: cyclic })).toEqual(['tree.left']);
  });

  it('`assertOptions()` ends at options that are nested without end', () => {
    const endless: object = new Proxy(
      { type: 'node' },
      { get: (_, name) => (name === 'type' ? 'node' : endless2()) },
    );
    const endless2 = (): object => new Proxy(endless, {});
    expect(subjects({ tree: endless })).toHaveLength(1);
  });

  it('`assertOptions()` reports getters that throw, revoked proxies and lists of absurd length', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const thrower = {
      get serviceName(): string {
        throw new Error('no');
      },
    };
    expect(subjects(thrower)).toEqual(['serviceName']);
    expect(subjects(proxy)).toEqual(['options']);
    const absurd: unknown[] = [];
    absurd.length = 4_000_000_000;
    expect(subjects({ exporters: absurd })).toEqual(['exporters']);
    const act = () => assertOptions('', description, { mode: proxy, stuff: proxy, labels: proxy });
    expect(act).toThrow(ConfigurationError);
  });

  it('`assertOptions()` throws nothing but ConfigurationError and lets nothing invalid through', () => {
    const name = fc.oneof(fc.constantFrom(...Object.keys(members), 'type', 'left'), fc.string());
    const hostile = fc.constantFrom<unknown>(
      Object.create(null),
      new Map(),
      Symbol('x'),
      10n,
      () => 1,
      new Proxy({}, { ownKeys: () => ['a', 'a'] }),
    );
    const anything = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
      fc.constantFrom('shop', 'fast', 5, false, 'none', { type: 'leaf', size: 3 }),
      hostile,
    );
    fc.assert(
      fc.property(fc.dictionary(name, anything, { noNullPrototype: false }), (value) => {
        try {
          assertOptions('', description, value);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError);
          return;
        }
        expect(isValid(value)).toBe(true);
      }),
    );
  });
});

/** A second opinion, for the members that are simple. */
function isValid(value: Readonly<Record<string, unknown>>): boolean {
  const given = Object.keys(value).filter((it) => value[it] !== undefined);
  const { serviceName = 'x', mode = 'fast', tracing = false } = value;
  return (
    given.every((it) => it in members) &&
    typeof serviceName === 'string' &&
    serviceName.length <= 128 &&
    (mode === 'fast' || mode === 'slow') &&
    (tracing === false || (typeof tracing === 'object' && tracing !== null)) &&
    !Array.isArray(value['labels'])
  );
}

describe('describedOptions', () => {
  it('`describedOptions()` walks groups, lists, records and variants', () => {
    expect([...describedOptions(description)].map(([path]) => path)).toEqual([
      'serviceName',
      'secretKey',
      'cardinality',
      'cardinality.seriesLimit',
      'tracing',
      'tracing.store',
      'mode',
      'labels',
      'exporters',
      'exporters[].name',
      'tree',
      'tree.size',
      'tree.left',
    ]);
  });
});
