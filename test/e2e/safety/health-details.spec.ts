import { Test } from '@nestjs/testing';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = `${part({ alg: 'HS256' })}.${part({ sub: '1' })}.c2ln`;
const keyId = ['ASIA', 'QWERTYUIOPASDFGH'].join('');

async function healthOf(details: Record<string, unknown>): Promise<string> {
  const checks = [{ name: 'broker', check: () => ({ level: 'degraded' as const, details }) }];
  const imports = [ObservabilityModule.forRoot({ health: { checks } })];
  const testing = await Test.createTestingModule({ imports }).compile();
  const app = testing.createNestApplication({ logger: false });
  await app.init();
  const { text } = await request(app.getHttpServer() as never).get('/health');
  await app.close();
  return text;
}

describe('health details', () => {
  it('Health details show no secret that a check puts under an innocent name', async () => {
    const details = {
      note: `signed with ${jwt}`,
      region: keyId,
      headers: ['accept', 'text/html', 'authorization', 'opaque-value'],
      pairs: [{ name: 'X-Api-Key', value: 'opaque-value' }],
      [jwt]: 'under its own name',
      raw: Buffer.from('opaque-value'),
      plain: 'kept',
    };
    const text = await healthOf(details);
    for (const secret of [jwt, keyId, 'opaque-value']) expect(text).not.toContain(secret);
    expect(text).toContain('"plain":"kept"');
  });

  it.each<[string, string, unknown]>([
    ['a bearer token in a text', 'q8ZxT2v-k9', 'upstream said 401 to Bearer q8ZxT2v-k9~s2'],
    ['a bearer token in a list of texts', 'q8ZxT2v-k9', ['ok', 'authorization: Bearer q8ZxT2v-k9']],
    ['a basic credential', 'dXNlcjpodW50ZXIy', { request: 'GET / with Basic dXNlcjpodW50ZXIy' }],
    ['an address of PostgreSQL', 'hunter2', 'postgres://shop:hunter2@db.internal:5432/shop'],
    ['an address of Redis without a user', 'hunter2', 'connect redis://:hunter2@cache:6379/0'],
    [
      'addresses of MongoDB in objects of a list',
      'hunter2',
      [{ uri: 'mongodb+srv://shop:hunter2@a.mongodb.net' }, { uri: 'amqp://g:hunter2@mq' }],
    ],
    [
      'a connection string of SQL Server',
      'hunter2!x',
      'Server=tcp:db,1433;User Id=shop;Password=hunter2!x;Encrypt=true',
    ],
    [
      'a connection string of a queue of Azure',
      'c2VjcmV0LWtleQ',
      'Endpoint=sb://a.servicebus.windows.net/;SharedAccessKey=c2VjcmV0LWtleQ==',
    ],
    [
      'a private key',
      'MIIEvQIBADANBg',
      '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----',
    ],
    [
      'a private key on one line in an object of a list',
      'MIIEvQIBADANBg',
      [{ pem: '-----BEGIN RSA PRIVATE KEY-----\\nMIIEvQIBADANBg\\n-----END RSA PRIVATE KEY-----' }],
    ],
    ['a cut private key', 'MIIEvQIBADANBg', '-----BEGIN EC PRIVATE KEY-----\nMIIEvQIBADANBg'],
    [
      'credentials in objects of a list',
      'hunter2',
      [{ host: 'a', password: 'hunter2' }, { nested: { clientSecret: 'hunter2' } }],
    ],
    ['a pair of a header and its value', 'q8ZxT2vk9', [['x-api-key', 'q8ZxT2vk9']]],
    ['a map', 'hunter2', new Map([['password', 'hunter2']])],
    ['an address object', 'hunter2', new URL('https://shop:hunter2@api.internal/v1')],
    ['an error', 'hunter2', new Error('password=hunter2 was refused')],
  ])('Health details do not show %s', async (_, secret, value) => {
    const text = await healthOf({ note: value, plain: 'kept' });
    expect(text).not.toContain(secret);
    expect(text).toContain('"plain":"kept"');
  });
});
