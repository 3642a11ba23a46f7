import Fastify from 'fastify';
import { describe, expect, it, vi } from 'vitest';
import { observeFastify } from '../../../lib/http/fastify-requests.js';
import { OpenRequests } from '../../../lib/http/open-requests.js';

describe('a hook for requests, which all of them would pay for,', () => {
  it.each([
    ['is not added to an instance without routes', false, ['onRoute']],
    ['is added to one that has routes already', true, ['onRoute', 'onRequest']],
  ])('A request hook %s', async (_title, hasRoutes, expected) => {
    const fastify = Fastify();
    if (hasRoutes) fastify.get('/legacy', () => Promise.resolve('legacy'));
    const addHook = vi.spyOn(fastify, 'addHook');
    await observeFastify({ getInstance: () => fastify as never }, new OpenRequests()).ready;
    expect(addHook.mock.calls.map(([name]) => name)).toEqual(expected);
    await fastify.close();
  });
});
