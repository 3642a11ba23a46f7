import { describe, expect, it } from 'vitest';
import { expressRoute, type RoutedRequest } from '../../../lib/http/matched-route.js';

const routed = (it: object) => it as RoutedRequest;

describe('the template of a route of Express', () => {
  it.each([
    [undefined, undefined],
    [{ path: '/orders/:id' }, '/orders/:id'],
    [{ path: ['/a', '/b'] }, '/a,/b'],
    [{ path: /^\/a/ }, '/^\\/a/'],
    // What Nest answers with when nothing below the global prefix matches.
    [{ path: '*path' }, undefined],
    [{ path: 7 }, undefined],
  ])('The template of an Express route of %j is %j', (route, template) => {
    expect(expressRoute(routed({ route, baseUrl: '' }))).toBe(template);
  });

  it('The template of an Express route below a mounted router is never what stood in the path', () => {
    const route = { path: '/items/:id' };
    const app = {
      router: { stack: [{ rawPath: '/:tenant', handle: { stack: [{ route }] } }] },
    };
    expect(expressRoute(routed({ route, baseUrl: '/acme', app }))).toBe('/:tenant/items/:id');
    expect(expressRoute(routed({ route, baseUrl: '/evil', app }))).toBe('/:tenant/items/:id');
  });

  it('The template of an Express route below a router whose mount cannot be told begins with *', () => {
    const unnamed = { path: '/a' };
    const stack = [{ rawPath: /^\/x/, handle: { stack: [{ route: unnamed }] } }];
    const app = { router: { stack } };
    expect(expressRoute(routed({ route: unnamed, baseUrl: '/xyz', app }))).toBe('*/a');
    expect(expressRoute(routed({ route: { path: '/b' }, baseUrl: '/sub', app }))).toBe('*/b');
    expect(expressRoute(routed({ route: { path: '/c' }, baseUrl: '/sub' }))).toBe('*/c');
  });

  it('The template of an Express route below a router that retains no paths is found by trial, and bounded', () => {
    const route = { path: '/items/:id' };
    const mountedAt = (path: RegExp) => {
      const match = (it: string) => {
        const found = path.exec(it);
        return found !== null && { path: found[0], params: { ...found.groups } };
      };
      const handle = Object.assign(() => undefined, {
        stack: [{ route, match: () => ({ path: '' }) }],
      });
      const app = { router: { stack: [{ match, handle }] } };
      return (baseUrl: string) =>
        expressRoute(routed({ route, baseUrl, app, originalUrl: `${baseUrl}/items/7?x` }));
    };
    const tenant = mountedAt(/^\/Tenants\/(?<tenant>[^/]+)(?=\/|$)/i);
    expect(tenant('/tenants/acme')).toBe('/tenants/:tenant/items/:id');
    expect(tenant('/TENANTS/tenants')).toBe('/tenants/:tenant/items/:id');
    const numbered = mountedAt(/^\/v\d+/);
    const templates = Array.from({ length: 100 }, (_, i) => numbered(`/v${i}`));
    expect(templates[1]).toBe('/v1/items/:id');
    expect(templates[99]).toBe('*/items/:id');
    expect(new Set(templates).size).toBe(17);
  });
});
