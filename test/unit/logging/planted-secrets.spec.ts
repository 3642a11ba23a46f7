import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineFormats } from '../../../lib/logging/encode/line-formats.js';
import { SafeJson } from '../../../lib/logging/encode/safe-json.js';
import { createNestLogger, logContext, withLogContext } from '../../../lib/logging/index.js';
import { LogRecord } from '../../../lib/logging/log-record.js';
import { LineRedactor } from '../../../lib/logging/redaction/line-redactor.js';
import { TAKE_RECORD } from '../../../lib/logging/nest/nest-levels.js';
import { recordingSink } from '../../../lib/testing/index.js';
import { formed, leaksIn, named, within } from './plants.js';

const json = new SafeJson(new LineRedactor({ paths: ['user.email', '**.iban'] }));
const formats = new LineFormats({
  service: { name: 'shop' },
  traceFields: 'nested',
  fallback: 'json',
  maxLineBytes: 65_536,
  colors: false,
});

/** The bytes of one line in all formats. */
function bytesOf(message: string, fields: unknown, target = 'test'): string {
  const record = new LogRecord({
    timeMs: 0,
    level: 'info',
    target,
    message: json.text(message),
    fieldsText: json.fields(fields),
  });
  const names = ['json', 'ecs', 'pretty', 'pino'] as const;
  return names.map((it) => formats.line(record, formats.of(it))).join('\n');
}

const SEED = 20;
const RUNS = 1_000;
const depths = fc.integer({ min: 0, max: 8 });

describe('planted secrets', () => {
  it('A secret under its name reaches no line, wherever it is', () => {
    fc.assert(
      fc.property(named, depths, (value, depth) => {
        expect(leaksIn(bytesOf('m', { data: within(value, depth) }))).toEqual([]);
        expect(leaksIn(bytesOf('m', value))).toEqual([]);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('A secret with a known form reaches no line, in a message, a field, a key or an error', () => {
    fc.assert(
      fc.property(formed, depths, ({ text, value }, depth) => {
        const bytes = bytesOf(`failed: ${text}`, { data: within(value, depth) });
        expect(leaksIn(bytes)).toEqual([]);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('A value under a secret path reaches no line', () => {
    const bytes = bytesOf('m', {
      user: { email: 'ann@example.org', name: 'Ann' },
      a: [{ iban: 'DE1' }],
    });
    expect(bytes).not.toContain('ann@example.org');
    expect(bytes).not.toContain('DE1');
    expect(bytes).toContain('Ann');
  });

  it('E-mail addresses and card numbers are redacted on request', () => {
    const strict = new SafeJson(
      new LineRedactor({ patterns: ['email', 'card', /\bcust-\d+/], censor: '***' }),
    );
    expect(
      strict.text(
        'ann@example.org paid with 4111 1111 1111 1111 for cust-77, not 4111 1111 1111 1112',
      ),
    ).toBe('*** paid with *** for ***, not 4111 1111 1111 1112');
  });

  it('Own names are secret, and allowed names are not', () => {
    const own = new SafeJson(new LineRedactor({ keys: ['tax-id'], allowKeys: ['session'] }));
    expect(own.fields({ taxId: 'T1', session: 's-1' })).toBe(
      '{"taxId":"[Redacted]","session":"s-1"}',
    );
  });

  it('The rules of a Nest logger apply to records of the plugin and to the context of other loggers', async () => {
    const sink = recordingSink();
    const logger = createNestLogger({ redact: { keys: ['taxId'] }, sinks: [sink] });
    withLogContext({ tax_id: 'T1' }, () => {
      expect(logContext()).toEqual({ tax_id: '[Redacted]' });
    });
    const content = { timeMs: 0, level: 'info', target: 'app', message: 'm' } as const;
    const record = new LogRecord({
      ...content,
      fieldsText: '{"taxId":"T1","n":1}',
      scopeText: '"tax-id":"T1"',
      scopesText: '{"tax_id":"T1"}',
    });
    logger[TAKE_RECORD](record);
    await logger.close();
    const [line] = sink.lines;
    expect(line).toMatchObject({ fields: { taxId: '[Redacted]', n: 1 }, timeMs: 0, target: 'app' });
    expect(line?.scope).toEqual({ 'tax-id': '[Redacted]' });
    expect(withLogContext({ tax_id: 'T1' }, () => logContext())).toEqual({ tax_id: 'T1' });
  });
});
