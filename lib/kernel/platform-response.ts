import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

/** Express or Fastify response: common members, and optional members of one of the two. */
export interface PlatformResponse {
  /** Sets the status code. */
  status(code: number): this;
  /** Sets a header. */
  header(name: string, value: string): this;
  /** Ends the response with a body. */
  send(body: unknown): unknown;
  /** Returns the value of a header that was set. */
  getHeader?(name: string): unknown;
  /** Request of the response, on Express. */
  readonly req?: PlatformRequest;
  /** Request of the response, on Fastify. */
  readonly request?: PlatformRequest;
  /** Underlying Node response, on Fastify. */
  readonly raw?: ServerResponse;
}

/** Express or Fastify request. */
export interface PlatformRequest {
  /** Headers by lower-case name. */
  readonly headers: IncomingHttpHeaders;
}
