import { describe, expect, it } from 'vitest';
import type { ConfigurationError } from '../../../lib/index.js';
import { usage, type UsageOptions } from '../../../lib/usage/index.js';

const tenant = () => 'acme';

function problemOf(options: UsageOptions): string {
  try {
    usage(options);
  } catch (error) {
    const { code, problems } = error as ConfigurationError;
    return [code, ...problems.map(({ subject, rule }) => `${subject} ${rule}`)].join('; ');
  }
  return 'none';
}

describe('usage()', () => {
  it('Tenants are limited by name, by number, or left out', () => {
    for (const it of [{}, { tenant }, { tenant, tenants: ['acme'] }, { tenant, tenantLimit: 10 }])
      expect(problemOf({ ...it, cpu: 'windows' })).toBe('none');
  });

  it('The options that diagnose() shows are without the function that names tenants', () => {
    expect(usage({ tenant, tenantLimit: 5, cpu: 'always' }).options).toEqual({
      tenant: 'on',
      tenantLimit: 5,
      cpu: 'always',
    });
  });

  it.each([
    [{ tenants: ['acme'] }, 'usage().tenants has no effect without the option tenant'],
    [{ tenantLimit: 5 }, 'usage().tenantLimit has no effect without the option tenant'],
    [
      { tenant, tenants: ['acme'], tenantLimit: 5 },
      'usage().tenantLimit has no effect beside tenants',
    ],
    [{ tenant, tenants: [] }, 'usage().tenants must be an array of names of tenants'],
    [{ tenant, tenantLimit: 0 }, 'usage().tenantLimit must be a whole number from 1 to 10,000'],
    [{ cpu: true }, "usage().cpu must be false, 'windows' or 'always'"],
    [{ tenant: 'acme' }, 'usage().tenant must be a function'],
  ])('The options %j are refused', (options, problem) => {
    expect(problemOf(options as never)).toBe(`OBS_OPTION_INVALID; ${problem}`);
  });
});
