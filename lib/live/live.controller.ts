import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  Controller,
  Get,
  Inject,
  Param,
  Post,
  Req,
  Res,
  type Type,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { type LivePageOptions, LIVE_PATH } from './live-options.js';
import { LivePage } from './live-page.js';

/** Request of Express, or that of Fastify around Node's. */
type PlatformRequest = IncomingMessage & { readonly raw?: IncomingMessage };

/** Response of Express, or the reply of Fastify around Node's. */
interface PlatformReply {
  readonly raw?: ServerResponse;
  /** Takes the response from Fastify. */
  hijack?(): unknown;
}

// As `@nestjs/swagger` excludes a controller: a page belongs in no OpenAPI document.
const SWAGGER_EXCLUDE = 'swagger/apiExcludeController';

/** Routes of the page. Its files are answered past the interceptors and filters of the application. */
class LivePageRoutes {
  readonly #page: LivePage;

  constructor(@Inject(LivePage) page: LivePage) {
    this.#page = page;
  }

  @Get()
  root(@Req() request: PlatformRequest, @Res() reply: PlatformReply): void {
    this.#answer('', request, reply);
  }

  @Get('runbooks/:name')
  runbook(
    @Param('name') name: string,
    @Req() request: PlatformRequest,
    @Res() reply: PlatformReply,
  ): void {
    this.#answer(`runbooks/${name}`, request, reply);
  }

  @Get(':file')
  file(
    @Param('file') file: string,
    @Req() request: PlatformRequest,
    @Res() reply: PlatformReply,
  ): void {
    this.#answer(file, request, reply);
  }

  @Post(':file')
  act(
    @Param('file') file: string,
    @Req() request: PlatformRequest,
    @Res() reply: PlatformReply,
  ): void {
    this.#answer(file, request, reply);
  }

  #answer(file: string, request: PlatformRequest, reply: PlatformReply): void {
    reply.hijack?.();
    const response = reply.raw ?? (reply as unknown as ServerResponse);
    void this.#page.answer(file, request.raw ?? request, response);
  }
}

/** Returns the controller of the page; each application has a class of its own. */
export function livePageController({
  guards = [],
  decorators = [],
  path = LIVE_PATH,
}: LivePageOptions): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  class LivePageController extends LivePageRoutes {}
  UseGuards(...guards)(LivePageController);
  for (const decorate of decorators) decorate(LivePageController);
  Reflect.defineMetadata(SWAGGER_EXCLUDE, [true], LivePageController);
  return LivePageController;
}
