import type { Position } from './position.js';

/** Every code a {@link ProjectionWaitError} can carry, with what it stands for. */
export const projectionWaitErrorCodes = {
  OBS_WAIT_TIMEOUT: 'The projection has not applied the position in time.',
  OBS_WAIT_LIMIT: 'Too many callers wait for positions of projections already.',
  OBS_WAIT_STOPPED: 'The application shuts down.',
} as const;

/** The code of a {@link ProjectionWaitError}. */
export type ProjectionWaitErrorCode = keyof typeof projectionWaitErrorCodes;

/** A wait for a position that ended before the projection had applied it. */
export class ProjectionWaitError extends Error {
  /** Always `ProjectionWaitError`. */
  override readonly name = 'ProjectionWaitError';
  /** Stable code to match on. */
  readonly code: ProjectionWaitErrorCode;
  /** Name of the projection. */
  readonly projection: string;
  /** What was waited for. */
  readonly position: Position;

  /** @internal */
  constructor(code: ProjectionWaitErrorCode, projection: string, position: Position) {
    super(`${code}: ${projectionWaitErrorCodes[code]} (${projection})`);
    this.code = code;
    this.projection = projection;
    this.position = position;
  }
}
