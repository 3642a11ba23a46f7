import { Test } from '@nestjs/testing';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = `${part({ alg: 'HS256' })}.${part({ sub: '1' })}.c2ln`;
const keyId = ['ASIA', 'QWERTYUIOPASDFGH'].join('');

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
    const checks = [{ name: 'broker', check: () => ({ level: 'degraded' as const, details }) }];
    const imports = [ObservabilityModule.forRoot({ health: { checks } })];
    const testing = await Test.createTestingModule({ imports }).compile();
    const app = testing.createNestApplication({ logger: false });
    await app.init();
    const { text } = await request(app.getHttpServer() as never).get('/health');
    for (const secret of [jwt, keyId, 'opaque-value']) expect(text).not.toContain(secret);
    expect(text).toContain('"plain":"kept"');
    await app.close();
  });
});
