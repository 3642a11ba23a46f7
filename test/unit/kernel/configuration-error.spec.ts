import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/kernel/configuration-error.js';

describe('a configuration error', () => {
  it('A configuration error states its code, subject, value, rule, remedy and page', () => {
    const error = new ConfigurationError('OBS_OPTION_INVALID', {
      subject: 'namespace',
      value: 'My Shop',
      rule: 'lower case',
      remedy: "Pass 'my_shop'.",
    });
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('ConfigurationError');
    expect(error.code).toBe('OBS_OPTION_INVALID');
    expect(error.problems).toEqual([
      { subject: 'namespace', value: 'My Shop', rule: 'lower case', remedy: "Pass 'my_shop'." },
    ]);
    expect(error.message).toBe(
      'OBS_OPTION_INVALID: An option has an invalid value.\n' +
        `  namespace = "My Shop": lower case. Pass 'my_shop'.\n` +
        'See docs/reference/options.md in @eventcore/nestjs-observability.',
    );
  });

  it('A configuration error has one line per problem between its code and its page', () => {
    const problem = { subject: 'a', value: 1, rule: 'r', remedy: 'm' };
    const error = new ConfigurationError('OBS_METRIC_INVALID', problem, problem);
    expect(error.message.split('\n')).toHaveLength(4);
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;

  it.each([
    ['undefined', undefined, 'undefined'],
    ['NaN', Number.NaN, 'NaN'],
    ['a bigint', 5n, '5n'],
    ['a circular object', circular, 'a value of type object'],
    ['a named function', function named() {}, 'named'],
    ['an anonymous function', () => undefined, 'a function'],
    ['a symbol', Symbol('x'), 'Symbol(x)'],
  ])('A configuration error shows %s', (_title, value, shown) => {
    const error = new ConfigurationError('OBS_OPTION_INVALID', {
      subject: 's',
      value,
      rule: 'r',
      remedy: 'm',
    });
    expect(error.message).toContain(`s = ${shown}: r. m`);
  });

  it('A configuration error shortens a long value and says how long it is', () => {
    const value = '😀'.repeat(100);
    const { message } = new ConfigurationError('OBS_OPTION_INVALID', {
      subject: 's',
      value,
      rule: 'r',
      remedy: 'm',
    });
    expect(message).toContain('… (202 characters)');
    expect(message.isWellFormed()).toBe(true);
  });
});
