import { describe, expect, it } from 'vitest';
import { formatGatheringFault } from '../../../lib/exporters/prometheus/format/content-negotiation.format.js';

const reasonOf = (message: string) => formatGatheringFault(new Error(message));

describe('the reason of a failed scrape', () => {
  it('The reason of a failed scrape is one line with the error and its message', () => {
    expect(reasonOf('pool\nis   closed')).toBe(
      '# gathering metrics failed: Error: pool is closed\n',
    );
  });

  it('The reason of a failed scrape says so when what was thrown is no error', () => {
    for (const thrown of ['secret', null, undefined, { password: 'secret' }])
      expect(formatGatheringFault(thrown)).toBe(
        '# gathering metrics failed: a collector threw no error\n',
      );
  });

  it.each([
    'connect postgres://shop:hunter2@db:5432/shop failed',
    'connect postgres://shop:hun/ter@2hunter2@db:5432/shop failed',
    'connect redis://:hunter2@cache failed',
    'password=hunter2 is wrong',
    'PGPASSWORD: hunter2',
    'bad {"password":"hunter2","user":"shop"}',
    `bad { password: 'hunter2 with spaces hunter2' }`,
    'db_password="hunter2 hunter2"',
    'secret is hunter2',
    'token "hunter2" expired',
    'api_key=hunter2&x=1',
    'apiKey: hunter2',
    'X-Api-Key: hunter2',
    'Authorization: Bearer hunter2',
    'authorization=Basic hunter2',
    'got Bearer hunter2 instead',
    'Set-Cookie: sid=hunter2; Path=/; hunter2',
    'client_secret=hunter2',
    'access-key hunter2'.replace(' ', '='),
    `jwt eyJhbGciOiJIUzI1NiJ9.${'hunter2'}.c2ln`,
    `key ${'0123456789abcdef'.repeat(2)}hunter2`,
  ])('The reason of a failed scrape has no credentials: %s', (message) => {
    const reason = reasonOf(message);
    expect(reason).not.toContain('hunter2');
    expect(reason).toContain('[redacted]');
  });

  it.each([
    'connect ECONNREFUSED 127.0.0.1:5432',
    'password authentication failed for user "shop"',
    'relation "orders" does not exist',
  ])('The reason of a failed scrape keeps what helps: %s', (message) => {
    expect(reasonOf(message)).toBe(`# gathering metrics failed: Error: ${message}\n`);
  });

  it('The reason of a failed scrape is short and well-formed', () => {
    const reason = reasonOf('😀 '.repeat(10_000));
    expect(reason.length).toBeLessThan(250);
    expect(reason.isWellFormed()).toBe(true);
  });

  it('The reason of a failed scrape has no credentials that its end cuts through', () => {
    const long = `postgres://shop:${'x'.repeat(2_000)}@db`;
    expect(reasonOf(`connect ${long}`)).toBe('# gathering metrics failed: Error: connect …\n');
  });

  it('The reason of a failed scrape does not take long for a long message', () => {
    const startedMs = performance.now();
    for (const part of ['a', '//', 'password', 'token ', 'eyJ', '"', '- '])
      reasonOf(part.repeat(100_000));
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});
