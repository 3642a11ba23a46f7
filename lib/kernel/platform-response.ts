import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

/** A response of Express or Fastify: what both have, and what only one of them has. */
export interface PlatformResponse {
  /** Sets the status code. */
  status(code: number): this;
  /** Sets a header. */
  header(name: string, value: string): this;
  /** Ends the response with a body. */
  send(body: unknown): unknown;
  /** The value of a header that is set. */
  getHeader?(name: string): unknown;
  /** The request that is answered, on Express. */
  readonly req?: PlatformRequest;
  /** The request that is answered, on Fastify. */
  readonly request?: PlatformRequest;
  /** Node's response behind it, on Fastify. */
  readonly raw?: ServerResponse;
}

/** A request of Express or Fastify. */
export interface PlatformRequest {
  /** Headers by name in lower case. */
  readonly headers: IncomingHttpHeaders;
}
