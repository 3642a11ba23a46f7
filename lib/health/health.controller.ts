import { Controller, Get, Inject, Req, Res, type Type, VERSION_NEUTRAL } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { PlatformResponse } from '../kernel/platform-response.js';
import { BUILT_IN_GROUPS } from './health-checks.js';
import { HealthService } from './health-service.js';

/** Paths of the health endpoints. */
export interface HealthPaths {
  /** Path of the full health endpoint. */
  readonly path: string;
  /** True if `/live` and `/ready` are served too. */
  readonly aliases: boolean;
  /** Groups declared by the application. */
  readonly groups: readonly string[];
}

const HEADERS = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };
const WITH_ALIAS = ['live', 'ready'];

/** Returns all served paths. */
export function healthPaths(paths: HealthPaths): string[] {
  return [paths.path, ...groupsOf(paths).flatMap((it) => pathsOf(it, paths))];
}

/**
 * Serves the health endpoints. To add guards or decorators to them, extend it and pass your class as `health.controller`;
 * its paths are those of the options.
 *
 * @example
 * ```ts
 * import { SetMetadata } from '@nestjs/common';
 * import type { HealthOptions } from '@eventcore/nestjs-observability';
 * import { HealthController } from '@eventcore/nestjs-observability/health';
 *
 * @SetMetadata('isPublic', true)
 * class PublicHealthController extends HealthController {}
 *
 * export const health: HealthOptions = { controller: PublicHealthController };
 * ```
 */
@Controller({ version: VERSION_NEUTRAL })
export class HealthController {
  readonly #health: HealthService;

  /** @internal The declaration must not need the types of Terminus, which is optional. */
  constructor(@Inject(HealthService) health: unknown) {
    this.#health = health as HealthService;
  }

  /**
   * Sends the answer directly, so that no global interceptor or filter changes it.
   *
   * @param group - Name of a group; `undefined` for all checks.
   * @param request - Request of the platform, for the option `details`.
   * @param response - Response of the platform.
   */
  async answer(
    group: string | undefined,
    request: unknown,
    response: PlatformResponse,
  ): Promise<void> {
    const { httpStatus, body } = await this.#health.answer(group, request);
    response.status(httpStatus).header('Cache-Control', 'no-store').send(body);
  }
}

/** Creates the controller class of the health endpoints, one per application. */
export function healthController(paths: HealthPaths, base?: Type): Type {
  // Throttlers count requests by the names of class and handler, and an application may have such a class, too.
  const name = base?.name ?? 'ObservabilityHealthController';
  const Mounted = { [name]: class extends ((base ?? HealthController) as Type) {} }[name] as Type;
  Controller({ version: VERSION_NEUTRAL })(Mounted);
  addRoute(Mounted, undefined, paths.path);
  for (const group of groupsOf(paths)) {
    for (const path of pathsOf(group, paths)) addRoute(Mounted, group, path);
  }
  return Mounted;
}

/**
 * Returns the routes of the health endpoints on a separate port.
 *
 * @param answer - Answers for a group; for all checks without one.
 */
export function healthRoutes(
  paths: HealthPaths,
  answer: (
    group: string | undefined,
    request: unknown,
  ) => Promise<{ readonly httpStatus: number; readonly body: unknown }>,
): Map<string, (request: unknown, response: ServerResponse) => Promise<void>> {
  const groups = groupsOf(paths).flatMap((group) =>
    pathsOf(group, paths).map((path) => [path, group] as const),
  );
  const routes = [[paths.path, undefined] as const, ...groups];
  return new Map(
    routes.map(([path, group]) => [
      path,
      async (request, response) => {
        const { httpStatus, body } = await answer(group, request);
        response.writeHead(httpStatus, HEADERS).end(JSON.stringify(body));
      },
    ]),
  );
}

/** Adds a separate route per path, because a path parameter would also match unknown groups. */
function addRoute(controller: Type, group: string | undefined, path: string): void {
  const prototype = controller.prototype as object;
  // A name that no method of an own controller has, distinct for each route.
  const key = path;
  const value = function (
    this: HealthController,
    request: unknown,
    response: PlatformResponse,
  ): Promise<void> {
    return this.answer(group, request, response);
  };
  Object.defineProperty(value, 'name', { value: key });
  const descriptor = { configurable: true, writable: true, value };
  Object.defineProperty(prototype, key, descriptor);
  Get(path)(prototype, key, descriptor);
  Req()(prototype, key, 0);
  Res()(prototype, key, 1);
}

function groupsOf({ groups }: HealthPaths): string[] {
  return [...new Set([...BUILT_IN_GROUPS, ...groups])];
}

/** Returns true for a path that no option names, such as `/live`. */
export function isHealthAlias({ path }: HealthPaths, served: string): boolean {
  return WITH_ALIAS.some((it) => `/${it}` === served) && path !== served && path !== '/';
}

function pathsOf(group: string, { path, aliases }: HealthPaths): string[] {
  const below = `${path === '/' ? '' : path}/${group}`;
  const alias = `/${group}`;
  const hasAlias = aliases && WITH_ALIAS.includes(group) && alias !== below;
  return hasAlias ? [below, alias] : [below];
}
