import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineFormats } from '../../../lib/logging/encode/line-formats.js';
import { SafeJson } from '../../../lib/logging/encode/safe-json.js';
import { LogRecord } from '../../../lib/logging/log-record.js';
import { LineRedactor } from '../../../lib/logging/redaction/line-redactor.js';

const json = new SafeJson(new LineRedactor());
const fieldsOf = (value: unknown): unknown => JSON.parse(json.fields(value));

const formats = (maxLineBytes = 65_536) =>
  new LineFormats({
    service: { name: 'shop' },
    traceFields: 'nested',
    fallback: 'json',
    maxLineBytes,
    colors: false,
  });

function record(message: string, fields: object, target = 'test'): LogRecord {
  const text = json.text(message);
  return new LogRecord({
    timeMs: 0,
    level: 'info',
    target,
    message: text,
    fieldsText: json.fields(fields),
  });
}

describe('values that cannot be read', () => {
  it.each<[string, unknown, unknown]>([
    [
      'a getter that throws',
      {
        get a(): never {
          throw new Error('no');
        },
        b: 1,
      },
      { a: '[Unreadable]', b: 1 },
    ],
    [
      'a proxy whose keys throw',
      {
        p: new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error('no');
            },
          },
        ),
      },
      { p: '[Unreadable]' },
    ],
    [
      'a toJSON that throws',
      {
        t: {
          toJSON() {
            throw new Error('no');
          },
        },
      },
      { t: '[Unreadable]' },
    ],
    ['a bigint', { n: 12n }, { n: '12' }],
    ['numbers without a JSON form', { a: Number.NaN, b: -Infinity }, { a: 'NaN', b: '-Infinity' }],
    ['maps and sets', { m: new Map([['a', 1]]), s: new Set([1, 2]) }, { m: { a: 1 }, s: [1, 2] }],
    ['an invalid date', { d: new Date(Number.NaN) }, { d: 'Invalid Date' }],
    ['bytes', { b: Buffer.from('secret') }, { b: '[Buffer of 6 bytes]' }],
    [
      'functions and symbols',
      { f: () => 1, s: Symbol('x') },
      { f: '[Function f]', s: 'Symbol(x)' },
    ],
    ['a promise', { p: Promise.resolve(1) }, { p: '[Promise]' }],
    ['a lone surrogate', { s: 'a\ud800b' }, { s: 'a\ud800b' }],
  ])('%s has a readable form', (_, value, expected) => {
    expect(fieldsOf(value)).toEqual(expected);
  });

  it('A cycle is named where it closes', () => {
    const value: Record<string, unknown> = { a: 1 };
    value['self'] = value;
    expect(fieldsOf(value)).toEqual({ a: 1, self: '[Circular]' });
  });

  it('A frozen error keeps its cause and the errors within it', () => {
    const cause = new TypeError('inner');
    const error = Object.freeze(new AggregateError([new Error('one')], 'all', { cause }));
    expect(fieldsOf({ anyName: error })).toMatchObject({
      anyName: {
        type: 'AggregateError',
        message: 'all',
        cause: { type: 'TypeError', message: 'inner' },
        errors: [{ message: 'one' }],
      },
    });
  });

  it('A name __proto__ is a field like any other', () => {
    expect(json.fields(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
  });

  it('What exceeds a limit says so', () => {
    const small = new SafeJson(new LineRedactor(), {
      depth: 2,
      keys: 2,
      stringLength: 16,
      stackLines: 1,
    });
    expect(small.fields({ a: { b: { c: 1 } }, text: 'x'.repeat(20), more: 1 })).toBe(
      '{"a":{"b":"[Truncated]"},"text":"xxxxxxxxxxxxxxxx[Truncated]","[1 more]":true}',
    );
  });

  it('The value that is logged is not changed', () => {
    const value = { password: 'x', list: ['Authorization', 'Bearer abcdefgh1'] };
    const before = structuredClone(value);
    json.fields(value);
    expect(value).toEqual(before);
  });
});

describe('lines', () => {
  const breaks = ['\n', '\r', '\u0085', '\u2028', '\u2029', '\u001b[2J', '\u0000', '\u009b'];

  it.each(['json', 'ecs', 'pino', 'pretty'] as const)(
    'No text ends a line of the format %s or moves a cursor',
    (name) => {
      const all = formats();
      for (const it of breaks) {
        const line = all.line(record(`a${it}b`, { [`k${it}`]: `v${it}` }, `t${it}`), all.of(name));
        // oxlint-disable-next-line no-control-regex
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      }
    },
  );

  it('Every value makes one line of valid JSON', () => {
    const all = formats();
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      withBoxedValues: true,
    });
    fc.assert(
      fc.property(fc.string(), anything, (message, value) => {
        const it = record(message, { value });
        for (const name of ['json', 'ecs', 'pino'] as const) {
          const line = all.line(it, all.of(name));
          expect(line).not.toContain('\n');
          JSON.parse(line);
        }
        all.line(it, all.of('pretty'));
      }),
      { numRuns: 3_000 },
    );
  });

  it('A line has at most the bytes of its limit and keeps its short fields', () => {
    const all = formats(2_048);
    const line = all.line(record('m', { id: 'x1', big: 'ä'.repeat(5_000) }), all.of('json'));
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(2_048);
    expect(JSON.parse(line)).toMatchObject({ fields: { id: 'x1', big: '[Truncated]' } });
  });

  it.each([0, 951_782_399_999, 1_709_164_800_001, -1, 4_102_444_800_000])(
    'The time %d is written as by the runtime',
    (timeMs) => {
      const all = formats();
      const { level, target, message, fieldsText } = record('m', {});
      const at = new LogRecord({ timeMs, level, target, message, fieldsText });
      const { timestamp } = JSON.parse(all.line(at, all.of('json'))) as { timestamp: string };
      expect(timestamp).toBe(new Date(timeMs).toISOString());
    },
  );
});
