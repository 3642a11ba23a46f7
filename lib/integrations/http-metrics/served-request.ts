import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RequestWatcher, tellOfEnd } from '../../kernel/served-requests.js';
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

/** What a platform has said of a request: what it is, `null` while it said nothing. */
type Mark = ServedRequest | null;

/**
 * The requests that a platform measures. They are marked, for a map with weak keys costs the garbage collector more than
 * all the rest; one application may stand behind another on one server, so each has a mark of its own.
 */
export class RequestMarks implements RequestWatcher {
  readonly #mark = Symbol('eventcore.measured');

  /** {@inheritDoc RequestWatcher.opened} */
  opened(request: IncomingMessage): void {
    this.#set(request, null);
  }

  /** {@inheritDoc RequestWatcher.closed} */
  closed(request: IncomingMessage): void {
    this.#get(request)?.over();
  }

  /** Whether the platform has said what a request is. */
  has(request: IncomingMessage): boolean {
    return this.#get(request) instanceof ServedRequest;
  }

  /** The platform says what a request is. One that comes from no server tells of its end itself. */
  add(request: IncomingMessage, response: ServerResponse, served: ServedRequest): void {
    if (this.#get(request) === undefined) tellOfEnd(request, response, () => served.over());
    this.#set(request, served);
  }

  #get(request: IncomingMessage): Mark | undefined {
    return (request as IncomingMessage & { [mark: symbol]: Mark | undefined })[this.#mark];
  }

  #set(request: IncomingMessage, mark: Mark): void {
    (request as IncomingMessage & { [mark: symbol]: Mark | undefined })[this.#mark] = mark;
  }
}
