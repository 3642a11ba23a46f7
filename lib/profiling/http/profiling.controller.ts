import { Get, Inject, Param, Req, Res, type Type } from '@nestjs/common';
import {
  ownController,
  type OwnReply,
  type OwnRequest,
  type OwnRouteOptions,
  takenOver,
} from '../../plugins/own-routes.js';
import { Profiling } from '../profiling.js';

/** Routes of profiles. They are answered past the interceptors and filters of the application. */
class ProfilingRoutes {
  readonly #profiling: Profiling;

  constructor(@Inject(Profiling) profiling: Profiling) {
    this.#profiling = profiling;
  }

  @Get(':file')
  profile(@Param('file') file: string, @Req() own: OwnRequest, @Res() reply: OwnReply): void {
    const { request, response } = takenOver(own, reply);
    void this.#profiling.answer(file, request, response);
  }
}

/** Returns the controller of profiles; each application has a class of its own. */
export function profilingController(access: OwnRouteOptions): Type {
  class ProfilingController extends ProfilingRoutes {}
  return ownController(ProfilingController, access);
}
