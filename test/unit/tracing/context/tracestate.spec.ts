import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeptTraceState } from '../../../../lib/tracing/context/metadata-shape.js';
import { boundTracestate } from '../../../../lib/tracing/context/tracestate.format.js';

const members = (count: number, valueLength = 1) =>
  Array.from({ length: count }, (_, index) => `k${index}=${'v'.repeat(valueLength)}`).join(',');

describe('a tracestate', () => {
  it.each([
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
    'foo=1 , bar=2',
    'foo=1,,bar=2',
    'foo=1\t,\tbar=2',
    '1digit=first',
    'fw529a3039@dt=FfTBfEVp0jBt0x7e',
    'a=with space inside',
    'twice=1,twice=2',
    members(32),
  ])('A tracestate passes as it came: %s', (header) => {
    expect(boundTracestate(header)).toEqual({ tracestate: header, problem: undefined });
  });

  it.each(['', ' ', ',', ' , ,'])('A tracestate that is empty is none: "%s"', (header) => {
    expect(boundTracestate(header)).toEqual({ tracestate: undefined, problem: undefined });
  });

  it.each([
    ['a member without a value', 'foo'],
    ['an empty value', 'foo='],
    ['an empty key', '=1'],
    ['two equals signs', 'foo=1=2'],
    ['an upper-case key', 'Foo=1'],
    ['a space in a key', 'foo bar=1'],
    ['a line break', 'foo=1\nbar=2'],
    ['a letter beyond ASCII', 'foo=é'],
    ['a key of 257 characters', `${'k'.repeat(257)}=1`],
    ['a value of 257 characters', `foo=${'v'.repeat(257)}`],
    ['33 members', members(33)],
    ['more text than anybody needs', 'k=v,'.repeat(4000)],
  ])('A tracestate with %s is left out as a whole', (_, header) => {
    const { tracestate, problem } = boundTracestate(header);
    expect(tracestate).toBeUndefined();
    expect(problem).toMatch(/^tracestate /);
  });

  it('A tracestate that is too long loses its large members first, then the last ones', () => {
    const large = `large=${'x'.repeat(200)}`;
    const small = Array.from({ length: 20 }, (_, index) => `key${index}=${'v'.repeat(20)}`);
    const header = [large, ...small].join(',');
    const { tracestate = '' } = boundTracestate(header);
    expect(tracestate.length).toBeLessThanOrEqual(512);
    expect(tracestate).toBe(small.slice(0, tracestate.split(',').length).join(','));
    expect(`${tracestate},${small[tracestate.split(',').length]}`.length).toBeGreaterThan(512);
  });

  it('A tracestate is never longer than 512 characters and 32 members, whatever came', () => {
    const member = fc
      .tuple(
        fc.stringMatching(/^[a-z][a-z0-9_]{0,30}$/),
        fc.stringMatching(/^[!-+\--<>-~]{1,200}$/),
      )
      .map(([key, value]) => `${key}=${value}`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.array(member, { maxLength: 40 })), (it) => {
        const header = typeof it === 'string' ? it : it.join(',');
        const { tracestate = '' } = boundTracestate(header);
        expect(tracestate.length).toBeLessThanOrEqual(512);
        expect(tracestate.split(',').length).toBeLessThanOrEqual(32);
        for (const kept of tracestate.split(',')) expect(header).toContain(kept);
      }),
    );
  });

  it('A tracestate in a span context is written as it came until it is changed', () => {
    const state = new KeptTraceState('1digit=a , rojo=b');
    expect(state.serialize()).toBe('1digit=a , rojo=b');
    expect(state.get('rojo')).toBe('b');
    expect(state.set('congo', 'c').serialize()).toMatch(/^congo=c,/);
    expect(state.unset('rojo').get('rojo')).toBeUndefined();
    expect(state.serialize()).toBe('1digit=a , rojo=b');
  });
});
