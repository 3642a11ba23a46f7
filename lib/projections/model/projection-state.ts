/** What a projection is doing. */
export type ProjectionState =
  'starting' | 'catching_up' | 'live' | 'rebuilding' | 'paused' | 'faulted' | 'stopped';

/** All states, in the order in which their series are published. */
export const projectionStates: readonly ProjectionState[] = [
  'starting',
  'catching_up',
  'live',
  'rebuilding',
  'paused',
  'faulted',
  'stopped',
];

/** How far a projection has come since it started. */
export type ProjectionPhase = Extract<ProjectionState, 'starting' | 'catching_up' | 'live'>;

/** What the next phase depends on. */
export interface PhaseInputs {
  /** Whether everything up to the head is applied. */
  readonly caughtUp: boolean;
  /** Age of the oldest unprocessed event, if known. */
  readonly lagSeconds: number | undefined;
  /** Whether the projection has committed anything. */
  readonly hasCheckpoint: boolean;
  /** Time between two observations. */
  readonly periodSeconds: number;
}

// A busy projection is hardly ever at the very head when somebody looks, so live begins within one period of it, and
// ends only well beyond: the state must not flap.
const LEAVE_LIVE_PERIODS = 3;

/** The phase after an observation. */
export function nextPhase(phase: ProjectionPhase, facts: PhaseInputs): ProjectionPhase {
  const { caughtUp, lagSeconds, hasCheckpoint, periodSeconds } = facts;
  if (caughtUp || (lagSeconds !== undefined && lagSeconds <= periodSeconds)) return 'live';
  if (!hasCheckpoint) return 'starting';
  if (phase !== 'live') return 'catching_up';
  const isNear = lagSeconds === undefined || lagSeconds <= LEAVE_LIVE_PERIODS * periodSeconds;
  return isNear ? 'live' : 'catching_up';
}
