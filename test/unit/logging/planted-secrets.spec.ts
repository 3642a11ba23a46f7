import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineFormats } from '../../../lib/logging/encode/line-formats.js';
import { SafeJson } from '../../../lib/logging/encode/safe-json.js';
import { LogRecord } from '../../../lib/logging/log-record.js';
import { LineRedactor } from '../../../lib/logging/redaction/line-redactor.js';

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

// Letters and digits, so that no format escapes them.
const secrets = fc
  .string({
    unit: fc.constantFrom(...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'),
    minLength: 14,
    maxLength: 40,
  })
  .map((it) => `${it}7Qz`);

const names = fc.constantFrom(
  ...[
    'password',
    'userPassword',
    'x-api-key',
    'X_API_KEY',
    'apiKey',
    'authorization',
    'Proxy-Authorization',
  ],
  ...[
    'cookie',
    'Set-Cookie',
    'accessToken',
    'refresh_token',
    'clientSecret',
    'client_secret',
    'privateKey',
    'secret',
  ],
  ...[
    'token',
    'DB_PASSWORD',
    'passphrase',
    'credentials',
    'session',
    'pwd',
    'password2',
    'secretAccessKey',
  ],
);

class Holder {
  constructor(readonly value: object) {}
}

/** A secret under its name, in one of the shapes that objects of applications have. */
const named = fc.tuple(names, secrets).chain(([name, secret]) =>
  fc
    .constantFrom<(() => unknown)[]>(
      () => ({ [name]: secret }),
      () => ({ [name]: { inner: [secret] } }),
      () => new Map([[name, secret]]),
      () => ['Host', 'a', name, secret],
      () => [[name, secret]],
      () => ({ name, value: secret }),
      () => ({ key: name, value: [secret] }),
      () => JSON.stringify({ a: 1, [name]: secret }),
      () => `sent ${JSON.stringify({ list: [{ [name]: [secret] }] })} there`,
      () => JSON.stringify({ body: JSON.stringify({ [name]: secret }) }),
      () => Object.assign(new Error('failed'), { [name]: secret }),
      () => new Error('outer', { cause: Object.assign(new Error('inner'), { [name]: secret }) }),
      () => new AggregateError([Object.assign(new Error('one'), { [name]: secret })], 'all'),
      () => ({ toJSON: () => ({ [name]: secret }) }),
      () => new Holder({ [name]: secret }),
      () => Object.defineProperty({}, name, { get: () => secret, enumerable: true }),
      () => new Headers([[name.replaceAll('_', '-'), secret]]),
      () => new URLSearchParams([[name, secret]]),
      () => Object.freeze({ [name]: secret }),
      () => new Set([{ [name]: secret }]),
    )
    .map((make) => ({ secret, value: make() })),
);

const texts: ((secret: string) => string)[] = [
  (it) => `Authorization: Bearer ${it}`,
  (it) => `request failed with Bearer ${it}, again`,
  (it) => `Basic ${Buffer.from(`user:${it}`).toString('base64')}`,
  (it) => `postgres://shop:${it}@db:5432/shop`,
  (it) => `https://${it}@github.com/a/b.git`,
  (it) => `GET /login?user=a&token=${it}&x=1`,
  (it) => `password=${it}`,
  (it) => `password: ${it}`,
  (it) => `PGPASSWORD='${it}' psql`,
  (it) => `eyJhbGciOiJIUzI1NiJ9.${it}.${it}`,
  (it) => `-----BEGIN RSA PRIVATE KEY-----\n${it}\n-----END RSA PRIVATE KEY-----`,
  (it) => `sk_live_${it}`,
  (it) => `key sk-proj-${it} is not valid`,
  (it) => `xoxb-${it}`,
  (it) => `ghp_${it}${it}`,
  (it) => `Set-Cookie: sid=${it}; HttpOnly`,
  (it) => `x-api-key: ${it}`,
  (it) => `{"password":"${it}"`,
  (it) => `"client_secret" : "${it}"`,
];

const formed = fc.tuple(fc.constantFrom(...texts), secrets).chain(([form, secret]) => {
  const text = form(secret);
  const coded = Buffer.from(`user:${secret}`).toString('base64');
  return fc
    .constantFrom<(() => unknown)[]>(
      () => text,
      () => [text],
      () => ({ [text]: 1 }),
      () => new Map([[text, 1]]),
      () => new Error(text),
      () => new Error('outer', { cause: new Error(text) }),
      () => new AggregateError([new Error(text)]),
      () => ({ note: text }),
      () => new Set([text]),
      () => ({ toJSON: () => text }),
      () => Symbol(text),
      () => Buffer.from(text),
    )
    .map((make) => ({ secret, coded, value: make(), text }));
});

/** A value within others, up to a depth that lines do not reach. */
function within(value: unknown, depth: number, isList: boolean): unknown {
  let outer = value;
  for (let i = 0; i < depth; i++) outer = isList && i % 2 === 1 ? [outer] : { [`at${i}`]: outer };
  return outer;
}

const RUNS = 5_000;

describe('planted secrets', () => {
  it('A secret under its name reaches no line, wherever it is', () => {
    fc.assert(
      fc.property(
        named,
        fc.integer({ min: 0, max: 8 }),
        fc.boolean(),
        ({ secret, value }, depth, isList) => {
          expect(bytesOf('m', { data: within(value, depth, isList) })).not.toContain(secret);
          expect(bytesOf('m', value)).not.toContain(secret);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('A secret with a known form reaches no line, in a message, a field, a key or an error', () => {
    fc.assert(
      fc.property(
        formed,
        fc.integer({ min: 0, max: 8 }),
        ({ secret, coded, value, text }, depth) => {
          const bytes = bytesOf(`failed: ${text}`, { data: within(value, depth, false) });
          expect(bytes).not.toContain(secret);
          expect(bytes).not.toContain(coded);
        },
      ),
      { numRuns: RUNS },
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
});
