/** State of a projection. */
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

/** States that a runner may command. */
export type HaltCommand = Extract<ProjectionState, 'paused' | 'stopped'>;

/** Receives each change of state. */
export type StateTeller = (to: ProjectionState, from: ProjectionState) => void;

/** Phase of a projection since its start. */
export type ProjectionPhase = Extract<ProjectionState, 'starting' | 'catching_up' | 'live'>;

/** Inputs of the next phase. */
export interface PhaseInputs {
  /** True when everything up to the head is applied. */
  readonly caughtUp: boolean;
  /** Age of the oldest unprocessed event in seconds, if known. */
  readonly lagSeconds: number | undefined;
  /** True when the projection has committed a checkpoint. */
  readonly hasCheckpoint: boolean;
  /** Interval between two polls, in seconds. */
  readonly periodSeconds: number;
}

// A busy projection is rarely at the exact head when a poll observes it. The live phase therefore begins within one
// period of the head and ends only after several, so that the state does not flap.
const LEAVE_LIVE_PERIODS = 3;

/** Returns the phase after an observation. */
export function nextPhase(phase: ProjectionPhase, inputs: PhaseInputs): ProjectionPhase {
  const { caughtUp, lagSeconds, hasCheckpoint, periodSeconds } = inputs;
  if (caughtUp) return 'live';
  // Without a checkpoint the whole history is unprocessed, however young it is.
  if (!hasCheckpoint) return 'starting';
  if (lagSeconds !== undefined && lagSeconds <= periodSeconds) return 'live';
  if (phase !== 'live') return 'catching_up';
  const isNear = lagSeconds === undefined || lagSeconds <= LEAVE_LIVE_PERIODS * periodSeconds;
  return isNear ? 'live' : 'catching_up';
}
