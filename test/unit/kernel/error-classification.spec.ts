import { describe, expect, it } from 'vitest';
import { errorCategoryOf, errorTypeOf } from '../../../lib/kernel/errors/error-description.js';

class PaymentDeclined extends Error {}
class OptimisticLockError extends Error {}
class _Moved extends Error {}

const withCode = (code: unknown) => Object.assign(new Error('secret'), { code });

describe('error_type', () => {
  it.each([
    ['the class of the error', new PaymentDeclined('4111 1111'), 'PaymentDeclined'],
    ['the class of a built-in error', new TypeError('x'), 'TypeError'],
    ['the code of a plain error', withCode('ECONNREFUSED'), 'ECONNREFUSED'],
    ['the SQLSTATE of a plain error', withCode('23505'), '23505'],
    ['the class before the code', Object.assign(new RangeError(), { code: 'EX' }), 'RangeError'],
    ['Error when a plain error has no code', new Error('message'), 'Error'],
    ['Error when the code is a sentence', withCode('user 42 not found'), 'Error'],
    ['Error when the code is a number', withCode(404), 'Error'],
    ['Error when the code is long', withCode('A'.repeat(41)), 'Error'],
    ['unknown for a plain object', { message: 'x' }, 'unknown'],
    ['the code of a plain object', { code: 'E_BAD' }, 'E_BAD'],
    ['unknown for an object without prototype', Object.create(null), 'unknown'],
    ['unknown for null', null, 'unknown'],
    ['unknown for undefined', undefined, 'unknown'],
    ['unknown for text', 'card 4111 declined', 'unknown'],
    ['unknown for a number', 42, 'unknown'],
    ['unknown for an anonymous class', new (class extends Error {})(), 'unknown'],
    ['a class without the underscore of a bundler', new _Moved(), 'Moved'],
  ])('The label `error_type` is %s', (_title, error, type) => {
    expect(errorTypeOf(error)).toBe(type);
  });

  it('The label `error_type` never holds the message', () => {
    for (const error of [new Error('secret'), withCode('secret'), { message: 'secret' }, 'secret'])
      expect(errorTypeOf(error)).not.toContain('secret');
  });

  it('The label `error_type` is at most 128 characters long', () => {
    const Long = { [`L${'o'.repeat(500)}ng`]: class extends Error {} };
    const [Class] = Object.values(Long);
    expect(errorTypeOf(new (Class as typeof Error)())).toHaveLength(128);
  });
});

describe('category', () => {
  const transientCodes = ['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN'];
  const transientStates = ['08006', '40001', '40P01', '57P01', '55P03', 'UND_ERR_CONNECT_TIMEOUT'];

  it.each([...transientCodes, ...transientStates])('The error %s is transient', (code) => {
    expect(errorCategoryOf(withCode(code))).toBe('transient');
  });

  it.each(['ENOMEM', 'ENOSPC', '53100', '53200', 'ERR_WORKER_OUT_OF_MEMORY'])(
    'The error %s is critical',
    (code) => {
      expect(errorCategoryOf(withCode(code))).toBe('critical');
    },
  );

  it.each(['23505', '42P01', 'ENOENT', 'EACCES'])('The error %s is permanent', (code) => {
    expect(errorCategoryOf(withCode(code))).toBe('permanent');
  });

  it('A conflict by its class is transient', () => {
    expect(errorCategoryOf(new OptimisticLockError())).toBe('transient');
  });

  it.each([{ status: 503 }, { statusCode: 500 }, { response: { status: 502 } }])(
    'A 5xx of a dependency is transient: %j',
    (shape) => {
      expect(errorCategoryOf(Object.assign(new Error(), shape))).toBe('transient');
    },
  );

  it('A 4xx of a dependency is permanent', () => {
    expect(errorCategoryOf(Object.assign(new Error(), { status: 404 }))).toBe('permanent');
  });

  it('A time limit of AbortSignal is transient', () => {
    expect(errorCategoryOf(new DOMException('signal timed out', 'TimeoutError'))).toBe('transient');
  });

  it('A failed fetch is judged by its cause', () => {
    const failed = new TypeError('fetch failed', { cause: withCode('ECONNREFUSED') });
    expect(errorCategoryOf(failed)).toBe('transient');
  });

  it('An allocation that failed is critical', () => {
    let thrown: unknown;
    try {
      thrown = new ArrayBuffer(Number.MAX_SAFE_INTEGER);
    } catch (error) {
      thrown = error;
    }
    expect(errorCategoryOf(thrown)).toBe('critical');
  });

  it.each([null, undefined, 'text', 0])('What is no object is permanent: %j', (thrown) => {
    expect(errorCategoryOf(thrown)).toBe('permanent');
  });
});
