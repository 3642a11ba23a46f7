import { describe, expect, test } from 'vitest';
import { readOtlpSpans } from '../../../../../lib/tracing/store/remote/stored-spans.format.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');

function answerWith(span: object, resource: object = {}) {
  return {
    resourceSpans: [
      { resource, scopeSpans: [{ spans: [{ traceId: TRACE_ID, spanId: SPAN_ID, ...span }] }] },
    ],
  };
}

function read(span: object) {
  const [only] = readOtlpSpans(answerWith(span));
  return only;
}

describe('Reading OTLP in JSON', () => {
  test('The OTLP/JSON reader takes absent fields for the defaults of Protobuf', () => {
    expect(readOtlpSpans(answerWith({}))).toEqual([
      {
        traceId: TRACE_ID,
        spanId: SPAN_ID,
        name: '',
        kind: 'internal',
        service: 'unknown_service',
        startMs: 0,
        endMs: 0,
        durationMs: 0,
        status: { code: 'unset' },
        attributes: {},
        events: [],
        links: [],
      },
    ]);
  });

  test.each([
    ['hexadecimal', TRACE_ID, SPAN_ID],
    ['capitals', TRACE_ID.toUpperCase(), SPAN_ID.toUpperCase()],
    ['base64', base64(TRACE_ID), base64(SPAN_ID)],
    ['base64 without padding', base64(TRACE_ID).replace(/=+$/, ''), base64(SPAN_ID)],
    ['digits without leading zeros', TRACE_ID.slice(1), SPAN_ID],
  ])('The OTLP/JSON reader reads ids in %s', (_, traceId, spanId) => {
    expect(read({ traceId, spanId, parentSpanId: spanId })).toMatchObject({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      parentSpanId: SPAN_ID,
    });
  });

  test.each(['', '0000000000000000', 'AAAAAAAAAAA='])(
    'The OTLP/JSON reader takes %j for no parent',
    (parentSpanId) => {
      expect(read({ parentSpanId })).not.toHaveProperty('parentSpanId');
    },
  );

  test.each([
    [2, 2, 'server', 'error'],
    ['SPAN_KIND_SERVER', 'STATUS_CODE_ERROR', 'server', 'error'],
    [5, 1, 'consumer', 'ok'],
    ['SPAN_KIND_CONSUMER', 'STATUS_CODE_OK', 'consumer', 'ok'],
    [0, 0, 'internal', 'unset'],
    [99, 99, 'internal', 'unset'],
    ['SPAN_KIND_NEW', null, 'internal', 'unset'],
  ])(
    'The OTLP/JSON reader reads the kind %j and the status %j',
    (kind, code, kindName, statusCode) => {
      expect(read({ kind, status: { code } })).toMatchObject({
        kind: kindName,
        status: { code: statusCode },
      });
    },
  );

  test('The OTLP/JSON reader cuts times to microseconds and keeps the end after the start', () => {
    expect(
      read({ startTimeUnixNano: '1700000000123456999', endTimeUnixNano: '1700000000123457998' }),
    ).toMatchObject({
      startMs: 1_700_000_000_123.456,
      endMs: 1_700_000_000_123.456,
      durationMs: 0,
    });
    expect(read({ startTimeUnixNano: '5000000', endTimeUnixNano: '1' })).toMatchObject({
      startMs: 5,
      endMs: 5,
      durationMs: 0,
    });
  });

  test('The OTLP/JSON reader reads every kind of value', () => {
    const values = [
      { stringValue: '' },
      { boolValue: false },
      { intValue: '42' },
      { intValue: 42 },
      { intValue: '9223372036854775807' },
      { doubleValue: 0.5 },
      { doubleValue: 'NaN' },
      { bytesValue: 'AAEC' },
      { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '1' }] } },
      { arrayValue: {} },
      { kvlistValue: { values: [{ key: 'a', value: { intValue: '1' } }] } },
      {},
      undefined,
    ];
    const attributes = values.map((value, i) => ({ key: String(i), value }));
    expect(Object.values(read({ attributes })?.attributes ?? {})).toEqual([
      '',
      false,
      42,
      42,
      '9223372036854775807',
      0.5,
      Number.NaN,
      '"AAEC"',
      ['a', 1],
      [],
      '{"values":[{"key":"a","value":{"intValue":"1"}}]}',
      '',
      '',
    ]);
  });

  test('The OTLP/JSON reader makes an attribute of a name that objects have already', () => {
    const attributes = [{ key: '__proto__', value: { arrayValue: { values: [] } } }];
    expect(Object.keys(read({ attributes })?.attributes ?? {})).toEqual(['__proto__']);
  });

  test('The OTLP/JSON reader reads the lists under their former names', () => {
    const spans = [{ traceId: TRACE_ID, spanId: SPAN_ID }];
    expect(readOtlpSpans({ batches: [{ instrumentationLibrarySpans: [{ spans }] }] })).toHaveLength(
      1,
    );
  });

  test('The OTLP/JSON reader finds no spans where there are none', () => {
    expect(readOtlpSpans({})).toEqual([]);
    expect(readOtlpSpans({ batches: null })).toEqual([]);
    expect(readOtlpSpans({ batches: [{}] })).toEqual([]);
  });

  test.each([
    null,
    [],
    'x',
    { batches: {} },
    { batches: [7] },
    answerWith({ traceId: 'xyz' }),
    answerWith({ spanId: '' }),
    answerWith({ spanId: TRACE_ID }),
    answerWith({ name: 7 }),
    answerWith({ startTimeUnixNano: 'soon' }),
    answerWith({ startTimeUnixNano: 1.5 }),
    answerWith({ startTimeUnixNano: '9'.repeat(1_000_000) }),
    answerWith({ attributes: [null] }),
    answerWith({ attributes: [{ key: 'a', value: 'b' }] }),
    answerWith({ events: {} }),
    answerWith({ links: [{ traceId: TRACE_ID }] }),
  ])('The OTLP/JSON reader throws for what is no OTLP: %#', (answer) => {
    expect(() => readOtlpSpans(answer)).toThrow(/^(?!.*undefined).+$/);
  });
});
