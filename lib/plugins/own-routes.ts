import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CanActivate,
  Controller,
  type Type,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';

/** Request of Express, or that of Fastify around Node's. */
export type OwnRequest = IncomingMessage & {
  readonly raw?: IncomingMessage;
};

/** Response of Express, or the reply of Fastify around Node's. */
export interface OwnReply {
  readonly raw?: ServerResponse;
  /** Takes the response from Fastify. */
  hijack?(): unknown;
}

/** Returns the request and the response of Node.js, to be answered past the interceptors and filters of the application. */
export function takenOver(
  request: OwnRequest,
  reply: OwnReply,
): { request: IncomingMessage; response: ServerResponse } {
  reply.hijack?.();
  return {
    request: request.raw ?? request,
    response: reply.raw ?? (reply as unknown as ServerResponse),
  };
}

/** Access to routes of a plugin. */
export interface OwnRouteOptions {
  readonly path: string;
  readonly guards?: readonly Type<CanActivate>[] | undefined;
  readonly decorators?: readonly ClassDecorator[] | undefined;
}

// As `@nestjs/swagger` excludes a controller: the routes belong in no OpenAPI document.
const SWAGGER_EXCLUDE = 'swagger/apiExcludeController';

/** Makes a class the controller of a path, without version. Each application needs a class of its own. */
export function ownController(
  type: Type,
  { path, guards = [], decorators = [] }: OwnRouteOptions,
): Type {
  Controller({ path, version: VERSION_NEUTRAL })(type);
  UseGuards(...guards)(type);
  for (const decorate of decorators) decorate(type);
  Reflect.defineMetadata(SWAGGER_EXCLUDE, [true], type);
  return type;
}
