import { ProjectionWaitError } from '@eventcore/nestjs-observability';
import { Catch, Logger, ServiceUnavailableException, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { isConnectionLost } from '../database/lost-connection.js';
import { isVersionConflict } from '../events/event-store.js';

/** Faults that a second try may cure are answered with 503 instead of 500. */
@Catch()
export class UnavailableFilter extends BaseExceptionFilter {
  private readonly logger = new Logger(UnavailableFilter.name);

  override catch(error: unknown, host: ArgumentsHost): unknown {
    // Errors of GraphQL are part of its answer.
    if (host.getType<'graphql' | 'http'>() === 'graphql') return error;
    if (!isTransient(error)) return super.catch(error, host);
    this.logger.warn(error.message);
    super.catch(new ServiceUnavailableException('Please try again'), host);
  }
}

const isTransient = (error: unknown): error is Error =>
  isVersionConflict(error) || error instanceof ProjectionWaitError || isConnectionLost(error);
