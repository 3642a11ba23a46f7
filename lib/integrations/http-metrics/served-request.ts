import type { ServerResponse } from 'node:http';
import type { MeasuredRequest, RequestEnd } from './http-requests.js';

/** Status of a request whose connection closed before the answer began, as nginx writes it. */
export const CLIENT_CLOSED_REQUEST = 499;

/** A request that Node's server answers, and that is measured. */
export abstract class ServedRequest implements RequestEnd {
  readonly #measured: MeasuredRequest | undefined;
  readonly #response: ServerResponse;

  constructor(response: ServerResponse, measured?: MeasuredRequest) {
    this.#measured = measured;
    this.#response = response;
  }

  abstract endpoint(): string | undefined;

  /** What the client got; 499 when the connection closed before there was anything. */
  status(): number {
    const { headersSent, socket, writableFinished, statusCode } = this.#response;
    // Without a socket of its own nothing of it went out, even if it was written.
    const wasSent = headersSent && (socket !== null || writableFinished);
    return wasSent ? statusCode : CLIENT_CLOSED_REQUEST;
  }

  /** It is over; that may be told more than once. */
  over(): void {
    this.#measured?.end(this);
  }
}
