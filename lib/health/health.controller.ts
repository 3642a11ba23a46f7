import { Controller, Get, Inject, Res, type Type, VERSION_NEUTRAL } from '@nestjs/common';
import { type HealthAnswer, HealthService } from './health.service.js';

/** A response of Express or Fastify: what both have. */
interface PlatformResponse {
  status(code: number): this;
  header(name: string, value: string): this;
  send(body: unknown): unknown;
}

/** Where the health endpoints are. */
export interface HealthPaths {
  /** Path of the endpoint with everything. */
  readonly path: string;
  /** Whether `/live` and `/ready` are served as well. */
  readonly aliases: boolean;
}

/** All paths at which something is served. */
export function healthPaths({ path, aliases }: HealthPaths): string[] {
  return [path, ...pathsOf('live', { path, aliases }), ...pathsOf('ready', { path, aliases })];
}

/** A controller of this application's own for the health endpoints. */
export function healthController(paths: HealthPaths): Type {
  @Controller({ version: VERSION_NEUTRAL })
  class HealthController {
    readonly #health: HealthService;

    constructor(@Inject(HealthService) health: HealthService) {
      this.#health = health;
    }

    @Get(paths.path)
    async everything(@Res() response: PlatformResponse): Promise<void> {
      send(response, await this.#health.everything());
    }

    @Get(pathsOf('live', paths))
    async live(@Res() response: PlatformResponse): Promise<void> {
      send(response, await this.#health.live());
    }

    @Get(pathsOf('ready', paths))
    async ready(@Res() response: PlatformResponse): Promise<void> {
      send(response, await this.#health.ready());
    }
  }
  Reflect.defineMetadata('swagger/apiExcludeController', [true], HealthController);
  return HealthController;
}

function pathsOf(probe: 'live' | 'ready', { path, aliases }: HealthPaths): string[] {
  const below = `${path === '/' ? '' : path}/${probe}`;
  const alias = `/${probe}`;
  return aliases && alias !== below ? [below, alias] : [below];
}

/** Sent rather than returned: no global interceptor or filter of the application may reshape what a probe reads. */
function send(response: PlatformResponse, { httpStatus, body }: HealthAnswer): void {
  response.status(httpStatus).header('Cache-Control', 'no-store').send(body);
}
