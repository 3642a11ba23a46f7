import type { IncomingHttpHeaders } from 'node:http';
import type { SafeJson } from '../encode/safe-json.js';
import { currentScope, enterScope, LogScope } from './log-scope.js';

/** Headers with the correlation id of a request; the first with a valid id counts. */
export const CORRELATION_HEADERS: readonly string[] = ['x-correlation-id', 'x-request-id'];

// The length is that of ids in event metadata. A header that was sent twice contains a space.
const ID = /^[\x21-\x7e]{1,256}$/;

/** Gives the lines of each request its correlation id. An id that is malformed or looks like a secret is left out. */
export class RequestScope {
  readonly #headers: readonly string[];
  readonly #json: SafeJson;

  /** @param headers - Names of headers, in any case. */
  constructor(headers: readonly string[], json: SafeJson) {
    this.#headers = headers.map((it) => it.toLowerCase());
    this.#json = json;
  }

  /** Enters the scope of a request that has just arrived, and leaves that of the previous one of its connection. */
  enter(headers: IncomingHttpHeaders): void {
    const id = this.#headers.map((it) => headers[it]).find((it) => this.#isId(it));
    if (id !== undefined) enterScope(new LogScope({ carried: { correlation_id: id } }));
    else if (currentScope() !== undefined) enterScope(undefined);
  }

  #isId(value: unknown): boolean {
    return typeof value === 'string' && ID.test(value) && this.#json.text(value) === value;
  }
}
