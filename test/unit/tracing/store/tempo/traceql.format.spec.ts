import { describe, expect, test } from 'vitest';
import { formatTraceQl } from '../../../../../lib/tracing/store/tempo/tempo-trace-store.js';

describe('A query in TraceQL', () => {
  test('A query in TraceQL has an empty filter when there is no criterion', () => {
    expect(formatTraceQl({ fromMs: 1, toMs: 2, limit: 3 })).toBe('{}');
  });

  test('A query in TraceQL asks for spans that are no error when it asks for ok, as most of them are unset', () => {
    expect(formatTraceQl({ status: 'ok' })).toBe('{ status != error }');
  });

  test.each([
    ['a', '"a"'],
    ['"} || {"', String.raw`"\"} || {\""`],
    ['\\', String.raw`"\\"`],
    ['line\nnext\u0001', String.raw`"line\nnext\u0001"`],
    ['\uD800', '"\uFFFD"'],
    ['ünï ☃ 😀', '"ünï ☃ 😀"'],
  ])('A query in TraceQL escapes the text %j', (text, escaped) => {
    expect(formatTraceQl({ name: text })).toBe(`{ name = ${escaped} }`);
    expect(formatTraceQl({ attributes: { a: text } })).toBe(`{ span.a = ${escaped} }`);
  });

  test.each([
    ['http.route', 'http.route'],
    ['a-b/c_1', 'a-b/c_1'],
    ['with space', '"with space"'],
    ['}=x||{', '"}=x||{"'],
    ['quote"back\\', String.raw`"quote\"back\\"`],
    ['1st', '"1st"'],
    ['', '""'],
  ])('A query in TraceQL quotes the name %j where it must', (name, formatted) => {
    expect(formatTraceQl({ attributes: { [name]: 1 } })).toBe(`{ span.${formatted} = 1 }`);
  });

  test.each([
    [true, 'true'],
    [-1.5, '-1.5'],
    [-0, '0'],
    [1e21, '1e+21'],
  ])('A query in TraceQL writes the value %j', (value, formatted) => {
    expect(formatTraceQl({ attributes: { a: value } })).toBe(`{ span.a = ${formatted} }`);
  });

  test('A query in TraceQL widens durations to whole microseconds, and to what Go can read', () => {
    expect(formatTraceQl({ minDurationMs: 1.0009, maxDurationMs: 1.0001 })).toBe(
      '{ duration >= 1000us && duration <= 1001us }',
    );
    expect(formatTraceQl({ minDurationMs: 8e15 })).toBe('{ duration >= 9000000000000000us }');
  });
});
