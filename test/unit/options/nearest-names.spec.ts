import { describe, expect, it } from 'vitest';
import { nearestNames } from '../../../lib/options/nearest-names.js';

const known = ['eventcore_commands_total', 'eventcore_queries_total', 'eventcore_command_attempts'];

describe('the nearest names', () => {
  it.each<[string, string[]]>([
    ['eventcore_comands_total', ['eventcore_commands_total', 'eventcore_queries_total']],
    ['EVENTCORE_QUERIES_TOTAL', ['eventcore_queries_total', 'eventcore_commands_total']],
    ['zzz', []],
    ['', []],
    ['x'.repeat(100_000), []],
  ])('The nearest names are correct for %j', (wanted, nearest) => {
    expect(nearestNames(wanted, known).slice(0, 2)).toEqual(nearest);
  });

  it('The nearest names are three at most, the nearest first', () => {
    const many = Array.from({ length: 50 }, (_, i) => `name_${i}`);
    expect(nearestNames('name_7', many)).toEqual(['name_7', 'name_0', 'name_1']);
  });
});
