import { describe, expect, it } from 'vitest';
import { isSecretName } from '../../../lib/logging/redaction/secret-names.js';
import { redactText } from '../../../lib/logging/redaction/secret-patterns.js';

const b64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = `${b64({ alg: 'HS256', typ: 'JWT' })}.${b64({ sub: '42' })}.c2lnbmF0dXJl-_x`;
const letters = (count: number) => 'aB3dE5gH7jK9mN2pQ4rS6tU8vW0xY1zA'.repeat(4).slice(0, count);
const hex = (count: number) => '0123456789abcdef'.repeat(8).slice(0, count);

// Written in parts, so that no scanner takes this file for a leak.
const secrets: Readonly<Record<string, string>> = {
  'a JSON Web Token': jwt,
  'an unsigned JSON Web Token': `${b64({ alg: 'none' })}.${b64({ a: 1 })}.`,
  'an AWS access key id': ['AKIA', 'IOSFODNN7EXAMPLE'].join(''),
  'a temporary AWS access key id': ['ASIA', 'IOSFODNN7EXAMPL2'].join(''),
  'a GitHub token': ['ghp', letters(36)].join('_'),
  'a fine-grained GitHub token': ['github_pat', letters(60)].join('_'),
  'a GitLab token': ['glpat', letters(20)].join('-'),
  'a Slack token': ['xoxb', '123456789012', letters(24)].join('-'),
  'a Stripe key': ['sk', 'live', letters(24)].join('_'),
  'an OpenAI key': ['sk', 'proj', letters(40)].join('-'),
  'an Anthropic key': ['sk', 'ant', 'api03', letters(40)].join('-'),
  'a Google API key': ['AIza', letters(35)].join(''),
  'an npm token': ['npm', letters(36)].join('_'),
  'a SendGrid key': ['SG', letters(22), letters(43)].join('.'),
  'a Twilio key': ['SK', hex(32)].join(''),
  'a Hugging Face token': ['hf', letters(34)].join('_'),
  'a private key': [
    '-----BEGIN RSA PRIVATE',
    ' KEY-----\nMIIEow',
    '\n-----END RSA PRIVATE KEY-----',
  ].join(''),
  'a private key that was cut': ['-----BEGIN PRIVATE', ' KEY-----\nMIIEowIBAAKCAQEA'].join(''),
};

describe('the redactor', () => {
  it.each(Object.entries(secrets))('The redactor hides %s anywhere in a text', (_name, secret) => {
    const texts = [secret, `got ${secret}, then`, `("${secret}")`, `url?x=${secret}&y=1`];
    const parts = secret.split('\n').filter((it) => it.length > 6);
    const leaks = texts.filter((text) => parts.some((it) => redactText(text).includes(it)));
    expect(leaks).toEqual([]);
  });

  it.each([
    ['Authorization: Bearer abc123def456', 'Authorization: [hidden]'],
    ['Basic dXNlcjpwYXNz==', 'Basic [hidden]'],
    ['postgres://app:pa55@db/shop', 'postgres://[hidden]@db/shop'],
    ['DB_PASSWORD=hunter2 and more', 'DB_PASSWORD=[hidden] and more'],
    ['{"apiKey":"abc"}', '{"apiKey":"[hidden]"}'],
    ['AccountKey=abc==;EndpointSuffix=x', 'AccountKey=[hidden];EndpointSuffix=x'],
  ])('The redactor turns %s into %s', (text, clean) => {
    expect(redactText(text)).toBe(clean);
  });

  it.each([
    '',
    'basic authentication failed',
    'the bearer of bad news',
    'https://shop.example/orders/7?page=2',
    'order AKIA-7 was placed at 12:30:15.123',
    '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331',
    '2026-11-29T08:22:32.123Z info eventcore.orders 3 of 5',
    'skipped 12 events, sk-1, pk_test',
    'd41d8cd98f00b204e9800998ecf8427e',
  ])('The redactor leaves an ordinary text as it is: %s', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it.each([
    'password',
    'DB_PASSWORD',
    'x-api-key',
    'accessToken',
    'Set-Cookie',
    'clientSecret',
    'dsn',
  ])('A value under the name %s is a secret', (name) => expect(isSecretName(name)).toBe(true));

  it.each(['passenger', 'orders', 'keys', 'author', 'latency'])(
    'A value under the name %s is no secret',
    (name) => expect(isSecretName(name)).toBe(false),
  );

  it('The time for the worst texts is linear in their length', () => {
    const worst = [
      'eyJ-',
      'eyJaaaaaaaa.',
      '-----BEGIN ',
      'password ',
      'Bearer ',
      'sk-',
      '//',
      'AKIA',
      '1',
      'a-',
      'xoxb-',
      ' ',
      'token=',
      'SG.a',
      'token="',
      'authorization: ',
      'a.',
      '12345678:',
      'password:[',
      'password="\\',
      '<password ',
      '<password>',
      '--password ',
      'name="password"\r\na:',
      'token%3D',
      '%253Dtoken%253D%',
      'authorization: x a=b,',
    ].map((it) => it.repeat(Math.ceil(8_192 / it.length)));
    // A value whose closing brackets do not end it, and names that never end.
    worst.push(`password=${')'.repeat(8_100)}a`, `password="${'x'.repeat(8_100)}`);
    worst.push(`token${' '.repeat(8_100)}=`, `//${'a'.repeat(8_100)}`);
    for (const text of worst) {
      redactText(text);
      const started = process.cpuUsage();
      for (let i = 0; i < 5; i++) redactText(text);
      const { user, system } = process.cpuUsage(started);
      // A quadratic pattern takes seconds of the processor.
      expect((user + system) / 1_000).toBeLessThan(250);
    }
  });

  it.each([
    'password: correcthorse',
    'login failed, password: swordfishes was refused',
    'Passphrase:  LetMeInPlease.',
    'db_password: opensesame',
  ])('A word of eight letters after the name of a password and a colon is redacted: %s', (text) => {
    expect(redactText(text)).toContain('[hidden]');
  });

  it.each([
    'password: required',
    'Password: incorrect or missing',
    'password: expired',
    'password: requirements are not met',
    'first pass: correcthorse',
    'token: correcthorse',
  ])('Prose about a password, and a word after another name, stay: %s', (text) => {
    expect(redactText(text)).toBe(text);
  });
});
