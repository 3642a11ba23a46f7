import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLocalRequest } from '../../plugins/local-server.js';

/**
 * Readers of the page: those whom guards let through, those who opened a one-time link, or those who reach a port of
 * this machine without a proxy.
 */
export type AccessMode = 'guards' | 'link' | 'loopback';

const COOKIE = 'eventcore-live';
const SESSION_MS = 12 * 3_600_000;
const MOST_LINKS = 16;
const LINK_BYTES = 18;

/** Decides who may read the page. */
export class Access {
  readonly mode: AccessMode;
  readonly #key: Buffer;
  readonly #nowMs: () => number;
  readonly #links: string[] = [];

  /**
   * @param key - Signs sessions; those of an earlier process go on with the same key.
   * @param nowMs - Unix time.
   */
  constructor(mode: AccessMode, key: Buffer, nowMs: () => number = Date.now) {
    this.mode = mode;
    this.#key = key;
    this.#nowMs = nowMs;
  }

  /** Returns the secret of a link that opens one session. */
  issueLink(): string {
    const link = randomBytes(LINK_BYTES).toString('base64url');
    this.#links.push(link);
    if (this.#links.length > MOST_LINKS) this.#links.shift();
    return link;
  }

  /** Returns true for a request that may read the page. */
  allows(request: IncomingMessage): boolean {
    if (this.mode === 'guards') return true;
    if (this.mode === 'link') return this.#isSession(cookieOf(request.headers.cookie));
    return isLocalRequest(request);
  }

  /** Returns the cookie of a session for the secret of a link, which is used up; `undefined` for any other text. */
  openSession(link: string): string | undefined {
    const index = this.#links.findIndex((it) => isEqual(it, link));
    if (index === -1) return undefined;
    this.#links.splice(index, 1);
    const until = String(this.#nowMs() + SESSION_MS);
    // Without a path, a browser sends it back to the folder of the page, whatever a proxy makes of its path.
    const attributes = `HttpOnly; SameSite=Strict; Max-Age=${SESSION_MS / 1_000}`;
    return `${COOKIE}=${until}.${this.#sign(until)}; ${attributes}`;
  }

  #isSession(cookie: string | undefined): boolean {
    const [until = '', signature = ''] = (cookie ?? '').split('.', 2);
    if (!isEqual(this.#sign(until), signature)) return false;
    return Number(until) > this.#nowMs();
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(`live ${text}`).digest('base64url');
  }
}

function cookieOf(header: string | undefined): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === COOKIE) return value;
  }
  return undefined;
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
