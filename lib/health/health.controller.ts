import { Controller, Get, Inject, Req, Res, type Type, VERSION_NEUTRAL } from '@nestjs/common';
import type { PlatformResponse } from '../kernel/platform-response.js';
import { BUILT_IN_GROUPS } from './health-checks.js';
import { type HealthAnswer, HealthService } from './health-service.js';

/** Paths of the health endpoints. */
export interface HealthPaths {
  /** Path of the full health endpoint. */
  readonly path: string;
  /** True if `/live` and `/ready` are served too. */
  readonly aliases: boolean;
  /** Groups declared by the application. */
  readonly groups: readonly string[];
}

const WITH_ALIAS = ['live', 'ready'];

/** Returns all served paths. */
export function healthPaths(paths: HealthPaths): string[] {
  return [paths.path, ...groupsOf(paths).flatMap((it) => pathsOf(it, paths))];
}

/** Creates the controller class of the health endpoints, one per application. */
export function healthController(paths: HealthPaths): Type {
  @Controller({ version: VERSION_NEUTRAL })
  class HealthController {
    readonly #health: HealthService;

    constructor(@Inject(HealthService) health: HealthService) {
      this.#health = health;
    }

    /** Answers for a group; called by the group routes. */
    answerFor(group: string, request: unknown): Promise<HealthAnswer> {
      return this.#health.answer(group, request);
    }

    @Get(paths.path)
    async everything(@Req() request: unknown, @Res() response: PlatformResponse): Promise<void> {
      send(response, await this.#health.answer(undefined, request));
    }
  }
  for (const group of groupsOf(paths)) addGroup(HealthController, group, pathsOf(group, paths));
  Reflect.defineMetadata('swagger/apiExcludeController', [true], HealthController);
  return HealthController;
}

interface Answering {
  answerFor(group: string, request: unknown): Promise<HealthAnswer>;
}

/** Adds a separate route per group, because a path parameter would also match unknown groups. */
function addGroup(controller: Type<Answering>, group: string, paths: string[]): void {
  const prototype = controller.prototype as object;
  const key = `group_${group}`;
  const descriptor = {
    configurable: true,
    writable: true,
    value: async function (
      this: Answering,
      request: unknown,
      response: PlatformResponse,
    ): Promise<void> {
      send(response, await this.answerFor(group, request));
    },
  };
  Object.defineProperty(prototype, key, descriptor);
  Get(paths)(prototype, key, descriptor);
  Req()(prototype, key, 0);
  Res()(prototype, key, 1);
}

function groupsOf({ groups }: HealthPaths): string[] {
  return [...new Set([...BUILT_IN_GROUPS, ...groups])];
}

function pathsOf(group: string, { path, aliases }: HealthPaths): string[] {
  const below = `${path === '/' ? '' : path}/${group}`;
  const alias = `/${group}`;
  const hasAlias = aliases && WITH_ALIAS.includes(group) && alias !== below;
  return hasAlias ? [below, alias] : [below];
}

/** Sends the response directly, so that no global interceptor or filter changes it. */
function send(response: PlatformResponse, { httpStatus, body }: HealthAnswer): void {
  response.status(httpStatus).header('Cache-Control', 'no-store').send(body);
}
