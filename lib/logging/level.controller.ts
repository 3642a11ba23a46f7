import {
  BadRequestException,
  Body,
  Controller,
  HttpCode,
  Inject,
  Put,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { ConfigurationError } from '../kernel/configuration-error.js';
import { redactText } from './redaction/secret-patterns.js';
import type { LevelEndpointOptions } from './logging-options.js';
import { ObservabilityLogger } from './observability-logger.js';

const PATH = 'logging/level';
const NO_CONTENT = 204;
const LONGEST_MS = 2_147_483_647;

/** Returns the controller of the endpoint that changes levels; each application has a class of its own. */
export function levelController({ guards, path = PATH }: LevelEndpointOptions): Type {
  @Controller()
  class LevelController {
    readonly #logger: ObservabilityLogger;

    constructor(@Inject(ObservabilityLogger) logger: ObservabilityLogger) {
      this.#logger = logger;
    }

    /** Changes the levels. Without `forMs` they stay until the next change. */
    @Put(path)
    @HttpCode(NO_CONTENT)
    set(@Body() body: unknown): void {
      const { level, forMs } = (body ?? {}) as Readonly<Record<string, unknown>>;
      if (typeof level !== 'string') throw new BadRequestException('level must be a text');
      if (forMs !== undefined && !isTime(forMs))
        throw new BadRequestException(`forMs must be a number from 1 to ${LONGEST_MS}`);
      try {
        this.#logger.setLevel(level, forMs === undefined ? {} : { forMs });
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        throw new BadRequestException(redactText(error.message));
      }
    }
  }
  UseGuards(...guards)(LevelController);
  return LevelController;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 1 && value <= LONGEST_MS;
}
