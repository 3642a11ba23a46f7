import {
  Body,
  Controller,
  Get,
  Inject,
  Param,
  Post,
  Query,
  Res,
  type Type,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import type { PlatformResponse } from '../../kernel/platform-response.js';
import type { QueryApiOptions } from '../history-options.js';
import { ApiParameters } from './api-parameters.js';
import { type ApiAnswer, QueryApi } from './query-api.js';

/** Path of the API unless an option names another one. */
export const QUERY_API_PATH = '/prometheus';

/** Routes of the HTTP API of Prometheus. */
class QueryApiRoutes {
  readonly #api: QueryApi;

  constructor(@Inject(QueryApi) api: QueryApi) {
    this.#api = api;
  }

  @Get('query')
  query(@Query() query: unknown, @Res() response: PlatformResponse) {
    return send(response, this.#api.query(new ApiParameters(query)));
  }

  @Post('query')
  queryForm(@Body() form: unknown, @Query() query: unknown, @Res() response: PlatformResponse) {
    return send(response, this.#api.query(new ApiParameters(form, query)));
  }

  @Get('query_range')
  range(@Query() query: unknown, @Res() response: PlatformResponse) {
    return send(response, this.#api.queryRange(new ApiParameters(query)));
  }

  @Post('query_range')
  rangeForm(@Body() form: unknown, @Query() query: unknown, @Res() response: PlatformResponse) {
    return send(response, this.#api.queryRange(new ApiParameters(form, query)));
  }

  @Get('series')
  series(@Query() query: unknown, @Res() response: PlatformResponse) {
    return send(response, this.#api.series(new ApiParameters(query)));
  }

  @Post('series')
  seriesForm(@Body() form: unknown, @Query() query: unknown, @Res() response: PlatformResponse) {
    return send(response, this.#api.series(new ApiParameters(form, query)));
  }

  @Get('labels')
  labels(@Query() query: unknown, @Res() response: PlatformResponse) {
    return send(response, this.#api.labels(new ApiParameters(query)));
  }

  @Post('labels')
  labelsForm(@Body() form: unknown, @Query() query: unknown, @Res() response: PlatformResponse) {
    return send(response, this.#api.labels(new ApiParameters(form, query)));
  }

  @Get('label/:name/values')
  labelValues(
    @Param('name') name: string,
    @Query() query: unknown,
    @Res() response: PlatformResponse,
  ) {
    return send(response, this.#api.labelValues(name, new ApiParameters(query)));
  }

  @Get('metadata')
  metadata(@Query() query: unknown, @Res() response: PlatformResponse) {
    return send(response, this.#api.metadata(new ApiParameters(query)));
  }

  @Get('rules')
  rules(@Query() query: unknown, @Res() response: PlatformResponse) {
    return send(response, this.#api.rules(new ApiParameters(query)));
  }

  @Get('alerts')
  alerts(@Res() response: PlatformResponse) {
    return send(response, this.#api.alerts());
  }

  @Get('status/buildinfo')
  buildInfo(@Res() response: PlatformResponse) {
    return send(response, this.#api.buildInfo());
  }
}

/** Returns the controller of the HTTP API; each application has a class of its own. */
export function queryApiController({
  guards = [],
  decorators = [],
  path = QUERY_API_PATH,
}: QueryApiOptions): Type {
  @Controller({ path: `${path}/api/v1`, version: VERSION_NEUTRAL })
  class QueryApiController extends QueryApiRoutes {}
  UseGuards(...guards)(QueryApiController);
  for (const decorate of decorators) decorate(QueryApiController);
  return QueryApiController;
}

/** Sends an answer past the interceptors of the application, whose form clients would not know. */
async function send(response: PlatformResponse, pending: Promise<ApiAnswer>): Promise<void> {
  const { status, body } = await pending;
  response.status(status).header('content-type', 'application/json');
  response.header('cache-control', 'no-store').send(JSON.stringify(body));
}
