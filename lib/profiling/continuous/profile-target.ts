import type { TakenProfile } from '../formats/profile-kinds.js';

/** Receiver of the CPU profiles of a {@link CaptureLoop}. */
export interface ProfileTarget {
  /** Prepares for profiles. A rejection stops the start. */
  open(): Promise<void>;
  /** Takes a profile, and returns the place where it can be found. */
  take(profile: TakenProfile<'cpu'>): Promise<string>;
}
