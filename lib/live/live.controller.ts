import { Get, Inject, Param, Post, Req, Res, type Type } from '@nestjs/common';
import { ownController, type OwnReply, type OwnRequest, takenOver } from '../plugins/own-routes.js';
import { type LivePageOptions, LIVE_PATH } from './live-options.js';
import { LivePage } from './live-page.js';

/** Routes of the page. Its files are answered past the interceptors and filters of the application. */
class LivePageRoutes {
  readonly #page: LivePage;

  constructor(@Inject(LivePage) page: LivePage) {
    this.#page = page;
  }

  @Get()
  root(@Req() request: OwnRequest, @Res() reply: OwnReply): void {
    this.#answer('', request, reply);
  }

  @Get('runbooks/:name')
  runbook(@Param('name') name: string, @Req() request: OwnRequest, @Res() reply: OwnReply): void {
    this.#answer(`runbooks/${name}`, request, reply);
  }

  @Get(':file')
  file(@Param('file') file: string, @Req() request: OwnRequest, @Res() reply: OwnReply): void {
    this.#answer(file, request, reply);
  }

  @Post(':file')
  act(@Param('file') file: string, @Req() request: OwnRequest, @Res() reply: OwnReply): void {
    this.#answer(file, request, reply);
  }

  #answer(file: string, request: OwnRequest, reply: OwnReply): void {
    const raw = takenOver(request, reply);
    void this.#page.answer(file, raw.request, raw.response);
  }
}

/** Returns the controller of the page; each application has a class of its own. */
export function livePageController({ path = LIVE_PATH, ...access }: LivePageOptions): Type {
  class LivePageController extends LivePageRoutes {}
  return ownController(LivePageController, { path, ...access });
}
