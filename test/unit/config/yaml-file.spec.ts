import { describe, expect, it } from 'vitest';
import { readYaml } from '../../../lib/config/yaml-file.js';

const read = (text: string, env = {}) => readYaml(text, { file: 'shop.yaml', env });

async function problemsOf(text: string) {
  const error: unknown = await read(text).catch((it: unknown) => it);
  return (error as { problems: { at?: string; rule: string }[] }).problems;
}

describe('a YAML file', () => {
  it.each([
    ['a: 1\na: 2', 'shop.yaml:2:1'],
    ['a: {b: 1', 'shop.yaml:1:9'],
    ['a: 1\n\tb: 2', 'shop.yaml:2:1'],
    ['a: !secret x', 'shop.yaml:1:4'],
    ['a: *b', 'shop.yaml:1:4'],
  ])('The text %j is refused at its place', async (text, at) => {
    expect((await problemsOf(text)).map((it) => it.at)).toContain(at);
  });

  it('A message about a text that is no YAML shows nothing of it', async () => {
    const error: unknown = await read('a: {token: "hunter2hunter2\nb: hunter2').catch((it) => it);
    expect(String(error)).not.toContain('hunter2');
  });

  it('Aliases of aliases end at a limit', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => {
      const before = i === 0 ? 'x' : `*a${i - 1}`;
      return `a${i}: &a${i} [${Array.from({ length: 8 }, () => before).join(', ')}]`;
    });
    expect((await problemsOf(rows.join('\n')))[0]?.rule).toMatch(/at most/);
    expect((await problemsOf('a: &a [*a]'))[0]?.rule).toMatch(/at most/);
  });

  it('A member named __proto__ is a member like any other', async () => {
    const { value } = await read('__proto__: { isAdmin: true }');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(Reflect.get({ ...(value as object) }, 'isAdmin')).toBeUndefined();
  });

  it('An empty file has no options', async () => {
    expect((await read('')).value).toEqual({});
    expect((await read('# nothing')).value).toEqual({});
  });

  it('The place of a missing option is that of the nearest one around it', async () => {
    const { source } = await read('a:\n  b: [1, { c: 2 }]');
    expect(source.placeOf(['a', 'b', 1, 'c'], 'value')).toBe('shop.yaml:2:15');
    expect(source.placeOf(['a', 'b', 1, 'd'], 'value')).toBe('shop.yaml:2:10');
    expect(source.placeOf(['a', 'x', 'y'], 'name')).toBe('shop.yaml:1:1');
  });

  it('A value names the variables that it and its parts came from', async () => {
    const { source } = await read('a: { b: "${ONE}-${TWO}", c: 1 }', { ONE: '1', TWO: '2' });
    expect(source.variableOf(['a', 'b'])).toBe('ONE, TWO');
    expect(source.variableOf(['a'])).toBe('ONE, TWO');
    expect(source.variableOf(['a', 'c'])).toBeUndefined();
    expect(source.variableOf(['a', 'x'])).toBeUndefined();
  });
});
