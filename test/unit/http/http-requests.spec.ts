import { describe, expect, it } from 'vitest';
import { HttpRequests } from '../../../lib/http/http-requests.js';
import { makeRegistry } from '../metrics/registry-of-test.js';

function requests() {
  const parts = makeRegistry();
  return { ...parts, http: new HttpRequests({ ...parts, namespace: 'eventcore' }) };
}

describe('a measured request', () => {
  it('A measured request ends once', () => {
    const { http, registry, refused } = requests();
    const measured = http.begin({ method: 'GET', url: '/a' });
    const end = { endpoint: () => '/a', status: () => 200 };
    measured?.end(end);
    measured?.end({ ...end, status: () => 499 });
    const values = registry
      .snapshot()
      .metrics.map(({ definition, blocks }) => [definition.name, blocks[0]?.labelSets]);
    expect(values).toEqual([
      ['eventcore_api_requests_total', [['GET', '/a', '200']]],
      ['eventcore_request_duration_seconds', [['GET', '/a']]],
      ['eventcore_requests_concurrent', [['GET']]],
    ]);
    expect(refused).toEqual([]);
  });

  it('A measured request counts once, however often it is looked at', () => {
    const { http, registry } = requests();
    const end = { endpoint: () => '/a', status: () => 200 };
    const look = () =>
      Object.fromEntries(
        registry
          .snapshot()
          .metrics.map(({ definition, blocks }) => [
            definition.name.replace('eventcore_', ''),
            [...(blocks[0]?.values ?? [])].slice(0, 1),
          ]),
      );
    http.begin({ method: 'GET', url: '/a' })?.end(end);
    const open = http.begin({ method: 'GET', url: '/a' });
    for (let i = 0; i < 3; i++)
      expect(look()).toMatchObject({ api_requests_total: [1], requests_concurrent: [1] });
    open?.end(end);
    for (let i = 0; i < 3; i++)
      expect(look()).toMatchObject({ api_requests_total: [2], requests_concurrent: [0] });
  });

  it('A measured request reports what cannot be read of it, and nobody else hears of it', () => {
    const { http, refused, logged } = requests();
    const broken = () => {
      throw new Error('hostile');
    };
    http.begin({ method: 'GET', url: '/a' })?.end({ endpoint: broken, status: () => 200 });
    http.begin({ method: 'GET', url: '/a' })?.end({ endpoint: () => '/a', status: broken });
    expect(http.begin({ method: 'GET', url: 1 as never })).toBeUndefined();
    expect(refused).toEqual(['http', 'http', 'http']);
    expect(logged).toEqual([expect.stringMatching(/^http: Error: hostile\. OBS_INTERNAL_FAULT: /)]);
  });
});
