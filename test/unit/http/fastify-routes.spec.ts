import Fastify from 'fastify';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FastifyRoutes } from '../../../lib/http/fastify-routes.js';

const segment = fc.constantFrom('a', 'A', 'b', ':x', ':y', 'a-:x', ':x.json', ':x(^\\d+$)', '');
const template = fc
  .tuple(fc.array(segment, { maxLength: 3 }), fc.constantFrom('', '', '', '/*'))
  .map(([segments, end]) => `/${segments.join('/')}${end}`);
const routes = fc.array(
  fc.record({ method: fc.constantFrom('GET', 'POST', 'HEAD'), url: template }),
  { maxLength: 8 },
);
const path = fc
  .array(fc.constantFrom('a', 'A', 'b', '7', 'a-1', 'x.json', '%41', '', 'a;b'), { maxLength: 4 })
  .map((it) => `/${it.join('/')}`);
const requests = fc.array(
  fc.record({
    method: fc.constantFrom('GET', 'POST', 'HEAD'),
    url: fc.tuple(path, fc.constantFrom('', '?q=/b')).map(([it, query]) => it + query),
  }),
  { maxLength: 10 },
);
const config = fc.record({
  ignoreTrailingSlash: fc.boolean(),
  ignoreDuplicateSlashes: fc.boolean(),
  caseSensitive: fc.boolean(),
  useSemicolonDelimiter: fc.boolean(),
});
const prefix = fc.constantFrom(undefined, '/a', '/p');

describe('the routes of Fastify', () => {
  it('The routes of Fastify are found for whatever path Fastify finds them for', async () => {
    const asFastifyDoes = async (
      routerOptions: object,
      all: { method: string; url: string }[],
      asked: { method: string; url: string }[],
      pluginPrefix: string | undefined,
    ) => {
      const fastify = Fastify({ routerOptions });
      const found = new FastifyRoutes(fastify.initialConfig);
      await found.load();
      fastify.addHook('onRoute', (route) => found.add(route));
      fastify.register(
        (plugin, _options, done) => {
          for (const route of all) {
            try {
              plugin.route({ ...route, handler: () => Promise.resolve('') } as never);
            } catch {
              // It is there already, or in conflict with another.
            }
          }
          done();
        },
        pluginPrefix === undefined ? {} : { prefix: pluginPrefix },
      );
      const told: (string | undefined)[] = [];
      fastify.addHook('onRequest', (request, _reply, done) => {
        told.push(request.routeOptions.url);
        done();
      });
      for (const request of asked) {
        told.length = 0;
        await fastify.inject(request as never);
        if (told.length > 0) expect(found.find(request.method, request.url)).toBe(told[0]);
      }
      await fastify.close();
    };
    const property = fc.asyncProperty(config, routes, requests, prefix, asFastifyDoes);
    const rootOfPlugin = [
      {},
      [{ method: 'GET', url: '/' }],
      ['/a', '/a/'].map((url) => ({ method: 'HEAD', url })),
      '/a',
    ] as const;
    const all = { numRuns: 150, examples: [rootOfPlugin] };
    await expect(fc.assert(property, all as never)).resolves.toBeUndefined();
  }, 60_000);

  it('The routes of Fastify are not found before the router is there', () => {
    const found = new FastifyRoutes({});
    found.add({ method: 'GET', url: '/a' });
    expect(found.find('GET', '/a')).toBeUndefined();
  });
});
