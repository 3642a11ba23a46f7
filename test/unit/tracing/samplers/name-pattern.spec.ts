import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namePattern } from '../../../../lib/tracing/samplers/create-sampler.js';

describe('a name pattern', () => {
  it.each([
    ['query GetStock', 'query GetStock', true],
    ['query GetStock', 'query GetStocks', false],
    ['query *', 'query GetStock', true],
    ['query *', 'query ', true],
    ['query *', 'command PlaceOrder', false],
    ['*', '', true],
    ['* GetStock', 'query GetStock', true],
    ['* GetStock', 'query GetStocks', false],
    ['GET */:id', 'GET /orders/:id', true],
    ['GET */:id', 'GET /orders', false],
    ['shard-?', 'shard-1', true],
    ['shard-?', 'shard-12', false],
    ['shard-?', 'shard-', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['**', 'anything', true],
    ['a.c', 'abc', false],
    ['GET /files/*path', 'GET /files/*path', true],
  ])('A name pattern %j against %j matches: %j', (pattern, name, fits) => {
    expect(namePattern(pattern)(name)).toBe(fits);
  });

  it('A name pattern agrees with the regular expression of the same meaning', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '$'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (glob, name) => {
        const source = glob.replace(/[.$]/g, '\\$&').replace(/\*+/g, '.*').replace(/\?/g, '.');
        expect(namePattern(glob)(name)).toBe(new RegExp(`^${source}$`, 's').test(name));
      }),
      { numRuns: 1000 },
    );
  });

  it('A name pattern takes a pattern of many wildcards without blowing up', () => {
    const startedMs = performance.now();
    expect(namePattern(`${'*a'.repeat(30)}b`)('a'.repeat(5000))).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });
});
