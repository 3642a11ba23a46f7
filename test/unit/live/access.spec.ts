import { mkdtempSync, mkdirSync, statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Access } from '../../../lib/live/http/access.js';
import { originOf } from '../../../lib/plugins/local-server.js';
import { sessionKey } from '../../../lib/live/http/session-key.js';

const KEY = Buffer.alloc(32, 1);
const request = (headers: Record<string, string>, remoteAddress = '127.0.0.1') =>
  ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage;
const withCookie = (cookie: string) => request({ cookie: cookie.split(';')[0] ?? '' });

describe('access to the live page', () => {
  it('A link opens one session, whose cookie no script reads and no other site sends', () => {
    const access = new Access('link', KEY);
    const link = access.issueLink();
    const cookie = access.openSession(link) as string;
    expect(cookie).toMatch(
      /^eventcore-live=\d+\.[\w-]+; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    expect(access.allows(withCookie(cookie))).toBe(true);
    expect(access.openSession(link)).toBeUndefined();
  });

  it('A session ends after twelve hours, and is not prolonged by its owner', () => {
    let nowMs = 1_000;
    const access = new Access('link', KEY, () => nowMs);
    const cookie = access.openSession(access.issueLink()) as string;
    nowMs += 12 * 3_600_000;
    expect(access.allows(withCookie(cookie))).toBe(false);
    const forged = cookie.replace(/=\d+/, `=${nowMs + 1e9}`);
    expect(access.allows(withCookie(forged))).toBe(false);
  });

  it.each(['', 'eventcore-live', 'eventcore-live=.', 'eventcore-live=9e99.x', 'a=b; c'])(
    'The cookie header %j opens nothing',
    (cookie) => {
      expect(new Access('link', KEY).allows(request({ cookie }))).toBe(false);
    },
  );

  it('A session of an earlier process goes on with the same key, and only with it', () => {
    const first = new Access('link', KEY);
    const cookie = first.openSession(first.issueLink()) as string;
    expect(new Access('link', KEY).allows(withCookie(cookie))).toBe(true);
    expect(new Access('link', Buffer.alloc(32, 2)).allows(withCookie(cookie))).toBe(false);
  });

  it('A port of this machine trusts no request that a proxy has forwarded', () => {
    const access = new Access('loopback', KEY);
    const host = 'localhost:9465';
    expect(access.allows(request({ host }))).toBe(true);
    expect(access.allows(request({ host: '[::1]:9465' }, '::1'))).toBe(true);
    for (const name of ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'via', 'x-real-ip']) {
      expect(access.allows(request({ host, [name]: '127.0.0.1' }))).toBe(false);
    }
    // A proxy that passes the name on, or a page in a browser that rebinds its name.
    expect(access.allows(request({ host: 'shop.example.com' }))).toBe(false);
    expect(access.allows(request({ host }, '10.0.0.7'))).toBe(false);
    expect(access.allows(request({}))).toBe(false);
  });

  it('A local address opens no session where a link is needed', () => {
    expect(new Access('link', KEY).allows(request({ host: 'localhost:3000' }))).toBe(false);
  });

  it('An action comes from a page of the same origin', () => {
    expect(originOf(request({ 'sec-fetch-site': 'same-origin' }))).toBe('same');
    expect(originOf(request({ 'sec-fetch-site': 'cross-site' }))).toBe('other');
    expect(originOf(request({ 'sec-fetch-site': 'same-site' }))).toBe('other');
    expect(originOf(request({ 'sec-fetch-site': 'none' }))).toBe('none');
    expect(originOf(request({ origin: 'http://a:1', host: 'a:1' }))).toBe('same');
    expect(originOf(request({ origin: 'http://b:1', host: 'a:1' }))).toBe('other');
    expect(originOf(request({ host: 'a:1' }))).toBe('none');
    expect(originOf(request({ origin: 'null', host: 'a:1' }))).toBe('other');
  });

  it('The key of sessions is kept beside the packages in development, for its owner alone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'live-'));
    expect(sessionKey(folder, 'test').equals(sessionKey(folder, 'test'))).toBe(false);
    mkdirSync(join(folder, 'node_modules'));
    const key = sessionKey(folder, 'development');
    expect(sessionKey(folder, 'development').equals(key)).toBe(true);
    const file = join(folder, 'node_modules/.cache/eventcore-observability/live-session-key');
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(sessionKey(folder, 'production').equals(key)).toBe(false);
  });
});
