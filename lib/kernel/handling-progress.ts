/** How far a projection is at the moment in which it handles something. */
export interface HandlingProgress {
  /** Whether it applies events as they come, or once more. */
  readonly mode: 'live' | 'rebuild';
  /** Age of its oldest unprocessed event in seconds, 0 or more; `undefined` when nobody knows. */
  readonly lagSeconds: number | undefined;
}

/** Tells how far one projection is now. */
export type ProgressReader = () => HandlingProgress;

/** Finds the reader of a projection by its name. */
export type ProgressReaders = (projection: string) => ProgressReader;
