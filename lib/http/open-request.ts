import type { IncomingMessage, ServerResponse } from 'node:http';

/** Status of a request whose connection closed before the answer began, as nginx writes it. */
export const CLIENT_CLOSED_REQUEST = 499;

/** How a request ended; asked when it did. */
export interface RequestEnd {
  /** Template of its route; `undefined` when it matched none. */
  endpoint(): string | undefined;
  status(): number;
}

/** How a request is read when it has ended, which depends on what its framework did to it. */
export interface RequestReader {
  /** Template of its route; `undefined` when it matched none. */
  routeOf(request: OpenRequest): string | undefined;
  statusCodeOf(response: ServerResponse): number;
  socketOf(response: ServerResponse): ServerResponse['socket'];
}

/** Reads requests as Node makes them. */
export const plainReader: RequestReader = {
  routeOf: () => undefined,
  statusCodeOf: (response) => response.statusCode,
  socketOf: (response) => response.socket,
};

/** Records requests that end. */
export interface RequestRecorder {
  ended(request: OpenRequest): void;
}

/** A request that is being answered. One object for all who follow it: there are as many as requests. */
export class OpenRequest implements RequestEnd {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Template of its route, `null` when it is known to match none, as far as the framework has told. */
  route: string | null | undefined = undefined;
  /** Whoever measures it, and since when. */
  recorder: RequestRecorder | undefined = undefined;
  startedMs = Number.NaN;
  /** Whether it is known that the response went out. */
  isSent = false;
  /** Whether the response had the connection when the request came, and did not wait behind others. */
  hadConnection = true;
  readonly #reader: RequestReader;

  constructor(request: IncomingMessage, response: ServerResponse, reader: RequestReader) {
    this.request = request;
    this.response = response;
    this.#reader = reader;
  }

  /** It is over. */
  end(): void {
    this.recorder?.ended(this);
  }

  /** {@inheritDoc RequestEnd.endpoint} */
  endpoint(): string | undefined {
    return this.#reader.routeOf(this);
  }

  /** {@inheritDoc RequestEnd.status} What the client got; 499 when it was gone before there was anything. */
  status(): number {
    if (!this.isSent && !this.#wasSent()) return CLIENT_CLOSED_REQUEST;
    const statusCode = this.#reader.statusCodeOf(this.response);
    // Whoever reads bodies answers that half of it is no body, to nobody.
    return statusCode >= 400 && this.request.aborted ? CLIENT_CLOSED_REQUEST : statusCode;
  }

  #wasSent(): boolean {
    const socket = this.#reader.socketOf(this.response);
    // Node takes the connection from a response that went out.
    if (socket === null && this.hadConnection) return true;
    // Without a connection of its own nothing of it went out, even if it was written.
    const { headersSent, writableFinished } = this.response;
    return headersSent && (socket !== null || writableFinished);
  }
}
