import { describe, expect, it } from 'vitest';
import { labelNameProblem, toLabelValue } from '../../../lib/kernel/label.js';

describe('a label name', () => {
  it.each(['a', '_a', 'command_type', 'A9'])('The label name %s is good', (name) => {
    expect(labelNameProblem(name)).toBeUndefined();
  });

  it.each(['', '9a', 'a-b', 'a b', 'ä', 'a\n', 'a:b'])(
    'The label name %j breaks the pattern',
    (name) => {
      expect(labelNameProblem(name)).toBe('a label name must match [a-zA-Z_][a-zA-Z0-9_]*');
    },
  );

  it('A label name that begins with two underscores is reserved', () => {
    expect(labelNameProblem('__name__')).toContain('reserved');
  });
});

describe('a label value', () => {
  it.each([
    ['text as it is', 'a "b"\n\\', 'a "b"\n\\'],
    ['a number as text', 5, '5'],
    ['a boolean as text', false, 'false'],
    ['nothing as empty text', undefined, ''],
    ['null as empty text', null, ''],
    ['a symbol as text', Symbol('x'), 'Symbol(x)'],
    ['a lone surrogate replaced', 'a\ud800b', 'a\ufffdb'],
  ])('A label value keeps %s', (_title, value, kept) => {
    expect(toLabelValue(value)).toBe(kept);
  });

  it('A label value is cut at 128 characters and stays well-formed', () => {
    expect(toLabelValue('x'.repeat(1000))).toBe('x'.repeat(128));
    const cut = toLabelValue(`${'x'.repeat(127)}😀`);
    expect(cut.isWellFormed()).toBe(true);
    expect(cut.length).toBeLessThanOrEqual(128);
  });
});
