import { describe, expect, it } from 'vitest';
import {
  requestAttributes,
  requestEnd,
  type RequestInfo,
} from '../../../../lib/tracing/http/http-span.format.js';

const request: RequestInfo = {
  method: 'GET',
  path: '/orders/7',
  scheme: 'http',
  httpVersion: '1.1',
  host: 'shop.example:8080',
  userAgent: 'curl/8',
};

describe('the attributes of a request', () => {
  it('The attributes of a request are those of the semantic conventions', () => {
    expect(requestAttributes(request)).toEqual({
      'http.request.method': 'GET',
      'url.path': '/orders/7',
      'url.scheme': 'http',
      'network.protocol.version': '1.1',
      'user_agent.original': 'curl/8',
      'server.address': 'shop.example',
      'server.port': 8080,
    });
  });

  it.each([
    ['shop.example', { 'server.address': 'shop.example' }],
    ['[::1]:3000', { 'server.address': '[::1]', 'server.port': 3000 }],
    ['127.0.0.1', { 'server.address': '127.0.0.1' }],
  ])('The attributes of a request name the server of the host %s', (host, expected) => {
    expect(requestAttributes({ ...request, host })).toMatchObject(expected);
  });

  it.each([undefined, '', 'a:b:c', 'shop:port', ':80'])(
    'The attributes of a request name no server for the host %s',
    (host) => {
      expect(requestAttributes({ ...request, host })).not.toHaveProperty(['server.address']);
    },
  );

  it('The attributes of a request have few values for the method, whatever clients send', () => {
    const attributes = requestAttributes({ ...request, method: 'PURGE' });
    expect(attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PURGE',
    });
    const end = requestEnd({ method: 'PURGE', route: '/cache', status: 200 });
    expect(end.name).toBe('HTTP /cache');
  });

  it('The attributes of a request are cut when a client sends a book', () => {
    const book = 'x'.repeat(5000);
    const attributes = requestAttributes({ ...request, path: `/${book}`, userAgent: book });
    expect(attributes['url.path']).toHaveLength(1024);
    expect(attributes['user_agent.original']).toHaveLength(1024);
  });
});

describe('the end of a request', () => {
  it('The end of a request is named after the route', () => {
    expect(requestEnd({ method: 'GET', route: '/orders/:id', status: 200 })).toEqual({
      name: 'GET /orders/:id',
      isError: false,
      attributes: { 'http.route': '/orders/:id', 'http.response.status_code': 200 },
    });
  });

  it('The end of a request is named after the method alone when no route matched', () => {
    expect(requestEnd({ method: 'GET', route: undefined, status: 404 })).toEqual({
      name: 'GET',
      isError: false,
      attributes: { 'http.response.status_code': 404 },
    });
  });

  it.each([500, 503])('The end of a request is an error for %i', (status) => {
    expect(requestEnd({ method: 'GET', route: '/', status })).toMatchObject({
      isError: true,
      attributes: { 'error.type': String(status) },
    });
  });

  it('The end of a request is an error when the connection was closed before there was an answer', () => {
    const { isError, attributes } = requestEnd({ method: 'GET', route: '/', status: undefined });
    expect(isError).toBe(true);
    expect(attributes).toEqual({ 'http.route': '/', 'error.type': 'connection_closed' });
  });
});
