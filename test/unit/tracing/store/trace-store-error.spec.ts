import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  TraceStoreError,
  type TraceStoreErrorCode,
  traceStoreErrorCodes,
} from '../../../../lib/tracing/store/trace-store.js';

const folder = join(import.meta.dirname, '../../../../lib/tracing/store');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((it) => it.endsWith('.ts') && it !== 'trace-store-error.ts')
  .map((it) => readFileSync(join(folder, it), 'utf8'))
  .join('\n');

describe('The codes of trace store errors', () => {
  test.each(Object.keys(traceStoreErrorCodes))(
    'The trace store error code %s is returned somewhere',
    (code) => {
      expect(sources).toContain(`'${code}'`);
    },
  );

  test('All trace store error codes are in the table', () => {
    const used = new Set(sources.match(/OBS_TRACE_[A-Z_]+/g));
    expect([...used].toSorted()).toEqual(Object.keys(traceStoreErrorCodes).toSorted());
  });

  test('Trace store error messages explain their code', () => {
    const cause = new Error('socket hang up');
    const code: TraceStoreErrorCode = 'OBS_TRACE_STORE_STATUS';
    const error = new TraceStoreError(code, { detail: '503 for /api', status: 503, cause });
    expect(error).toMatchObject({ name: 'TraceStoreError', code, status: 503, cause });
    expect(error.message).toBe(`${code}: ${traceStoreErrorCodes[code]} 503 for /api`);
  });
});
