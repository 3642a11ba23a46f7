import { describe, expect, test } from 'vitest';
import { readJaegerSpans } from '../../../../../lib/tracing/store/jaeger/jaeger-json.format.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

function answerWith(span: object, trace: object = {}) {
  return { data: [{ spans: [{ traceID: TRACE_ID, spanID: '1', ...span }], ...trace }] };
}

function read(span: object, trace?: object) {
  const [only] = readJaegerSpans(answerWith(span, trace));
  return only;
}

const tag = (key: string, value: unknown, type?: string) => ({ key, type, value });
const reference = (refType: string, spanID: string, traceID = TRACE_ID) => ({
  refType,
  spanID,
  traceID,
});

describe("Reading Jaeger's JSON", () => {
  test('fills up ids that lack their leading zeros', () => {
    expect(read({ traceID: '1f', spanID: '2F' })).toMatchObject({
      traceId: '1f'.padStart(32, '0'),
      spanId: '2f'.padStart(16, '0'),
    });
  });

  test('takes the first parent of its own trace for the parent, all others for links', () => {
    const references = [
      reference('CHILD_OF', 'a', 'ff'),
      reference('CHILD_OF', 'b'),
      reference('CHILD_OF', 'c'),
      reference('FOLLOWS_FROM', 'd'),
    ];
    const span = read({ references });
    expect(span?.parentSpanId).toBe('b'.padStart(16, '0'));
    expect(span?.links.map((it) => it.spanId.slice(-1))).toEqual(['a', 'c', 'd']);
  });

  test('reads the process of a trace, and the one within a span', () => {
    const processes = { p1: { serviceName: 'shop' } };
    expect(read({ processID: 'p1' }, { processes })?.service).toBe('shop');
    expect(read({ process: { serviceName: 'projector' } })?.service).toBe('projector');
    expect(read({ processID: 'p2' }, { processes })?.service).toBe('unknown_service');
  });

  test.each([
    [[], { code: 'unset' }],
    [[tag('otel.status_code', 'OK')], { code: 'ok' }],
    [[tag('otel.status_code', 'ERROR')], { code: 'error' }],
    [[tag('error', true, 'bool')], { code: 'error' }],
    [
      [tag('otel.status_code', 'ERROR'), tag('otel.status_description', 'no stock')],
      { code: 'error', message: 'no stock' },
    ],
  ])('reads the status from the tags %j and keeps them out of the attributes', (tags, status) => {
    expect(read({ tags })).toMatchObject({ status, attributes: {} });
  });

  test('keeps an attribute that is called error and is no flag', () => {
    expect(read({ tags: [tag('error', 'card declined')] })).toMatchObject({
      status: { code: 'unset' },
      attributes: { error: 'card declined' },
    });
  });

  test('reads every kind of tag', () => {
    const tags = [
      tag('text', 'a', 'string'),
      tag('integer', 1, 'int64'),
      tag('digits', '12', 'int64'),
      tag('large', '9223372036854775807', 'int64'),
      tag('fraction', 0.5, 'float64'),
      tag('flag', false, 'bool'),
      tag('bytes', 'AAEC', 'binary'),
      tag('odd', { a: 1 }),
      tag('none', undefined),
      tag('__proto__', 'x'),
    ];
    expect(Object.entries(read({ tags })?.attributes ?? {})).toEqual([
      ['text', 'a'],
      ['integer', 1],
      ['digits', 12],
      ['large', '9223372036854775807'],
      ['fraction', 0.5],
      ['flag', false],
      ['bytes', 'AAEC'],
      ['odd', '{"a":1}'],
      ['none', ''],
      ['__proto__', 'x'],
    ]);
  });

  test('finds the name of an event under both of its keys', () => {
    const logs = [
      { timestamp: 1_700_000_000_000_001, fields: [tag('event', 'retry'), tag('message', 'why')] },
      { timestamp: 2000, fields: [tag('message', 'retry')] },
      { timestamp: 3000, fields: [tag('x', 'y')] },
    ];
    expect(read({ logs })?.events).toEqual([
      { name: 'retry', timeMs: 1_700_000_000_000.001, attributes: { message: 'why' } },
      { name: 'retry', timeMs: 2, attributes: {} },
      { name: '', timeMs: 3, attributes: { x: 'y' } },
    ]);
  });

  test('finds no spans where there are none', () => {
    expect(readJaegerSpans({ data: null })).toEqual([]);
    expect(readJaegerSpans({ data: [{}] })).toEqual([]);
  });

  test.each([
    null,
    [],
    { data: {} },
    { data: ['x'] },
    answerWith({ traceID: '' }),
    answerWith({ spanID: 'g' }),
    answerWith({ startTime: 'now' }),
    answerWith({ duration: null, startTime: {} }),
    answerWith({ tags: [1] }),
    answerWith({ references: [{ refType: 'CHILD_OF' }] }),
    answerWith({ processID: 'p1' }, { processes: { p1: 'shop' } }),
    answerWith({}, { processes: [] }),
  ])('throws for what is no such answer: %#', (answer) => {
    expect(() => readJaegerSpans(answer)).toThrow(TypeError);
  });
});
