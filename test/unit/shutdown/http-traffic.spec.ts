import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { OpenRequests } from '../../../lib/http/open-requests.js';
import { HttpTraffic } from '../../../lib/shutdown/http-traffic.js';

/** The paths that a shutdown asks about, for requests of these URLs. */
function askedFor(...urls: readonly string[]): readonly string[] {
  const asked: string[] = [];
  const open = urls.map((url) => ({
    request: { method: 'GET', url } as IncomingMessage,
    response: {} as ServerResponse,
  }));
  const traffic = new HttpTraffic(
    { awaited: () => open } as unknown as OpenRequests,
    undefined,
    (_method, path) => {
      asked.push(path);
      return false;
    },
  );
  expect(traffic.count()).toBe(urls.length);
  return asked;
}

describe('the requests of a shutdown', () => {
  it('A shutdown compares paths without their query and without slashes at the end', () => {
    expect(askedFor('/', '/ready', '/ready///', '/ready/?a=/', '/a//b/#c/')).toEqual([
      '/',
      '/ready',
      '/ready',
      '/ready',
      '/a//b',
    ]);
  });

  it('A shutdown reads a path of a million slashes in linear time', () => {
    // Quadratic time would be minutes, longer than the limit of a test.
    const path = `${'/'.repeat(1_000_000)}x`;
    expect(askedFor(path)).toEqual([path]);
  });
});
