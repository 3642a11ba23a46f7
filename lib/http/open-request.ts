import type { IncomingMessage, ServerResponse } from 'node:http';

/** Status of a request whose connection closed before the response, as in nginx. */
export const CLIENT_CLOSED_REQUEST = 499;

/** End of a request, evaluated after it has ended. */
export interface RequestEnd {
  /** Returns the template of the route; `undefined` for an unmatched request. */
  endpoint(): string | undefined;
  status(): number;
}

/** Reads a finished request in the way that its framework requires. */
export interface RequestReader {
  /** Returns the template of the route; `undefined` for an unmatched request. */
  routeOf(request: OpenRequest): string | undefined;
  /** Returns true if the framework has seen the request; otherwise another listener of the server has answered it. */
  isHandled(request: OpenRequest): boolean;
  statusCodeOf(response: ServerResponse): number;
  socketOf(response: ServerResponse): ServerResponse['socket'];
}

/** Reader for plain Node requests. */
export const plainReader: RequestReader = {
  routeOf: () => undefined,
  isHandled: () => false,
  statusCodeOf: (response) => response.statusCode,
  socketOf: (response) => response.socket,
};

/** Records finished requests. */
export interface RequestRecorder {
  ended(request: OpenRequest): void;
  /** Releases a request whose response was dropped. */
  dropped(): void;
}

/** Request in progress. All followers share one object per request. */
export class OpenRequest implements RequestEnd {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Route template reported by the framework; `null` for an unmatched request, `undefined` while unknown. */
  route: string | null | undefined = undefined;
  /** Recorder of the request, with its start time. */
  recorder: RequestRecorder | undefined = undefined;
  startedMs = Number.NaN;
  /** True if the response is known to be sent. */
  isSent = false;
  /** True if the response owned the connection on arrival of the request and was not queued behind others. */
  hadConnection = true;
  readonly #reader: RequestReader;

  constructor(request: IncomingMessage, response: ServerResponse, reader: RequestReader) {
    this.request = request;
    this.response = response;
    this.#reader = reader;
  }

  /** Ends the request. */
  end(): void {
    this.recorder?.ended(this);
  }

  /** {@inheritDoc RequestEnd.endpoint} */
  endpoint(): string | undefined {
    return this.#reader.routeOf(this);
  }

  /** Returns true if the framework has seen the request. */
  isHandled(): boolean {
    return this.#reader.isHandled(this);
  }

  /** {@inheritDoc RequestEnd.status} Status that the client received; 499 if it disconnected before the response. */
  status(): number {
    if (!this.isSent && !this.#wasSent()) return CLIENT_CLOSED_REQUEST;
    const statusCode = this.#reader.statusCodeOf(this.response);
    // A body parser answers an aborted body with an error that the client never receives.
    return statusCode >= 400 && this.request.aborted ? CLIENT_CLOSED_REQUEST : statusCode;
  }

  #wasSent(): boolean {
    const socket = this.#reader.socketOf(this.response);
    // Node detaches the connection from a sent response.
    if (socket === null && this.hadConnection) return true;
    // A queued response without a connection was not sent, even if it was written.
    const { headersSent, writableFinished } = this.response;
    return headersSent && (socket !== null || writableFinished);
  }
}
