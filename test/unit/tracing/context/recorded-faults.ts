import { Faults } from '../../../../lib/kernel/faults.js';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';

/** Faults whose components and messages the test can read. */
export function recordedFaults() {
  const faults = new Faults(new ManualClock());
  const counted: string[] = [];
  const logged: string[] = [];
  faults.connect({ count: (it) => counted.push(it), log: (it) => logged.push(it) });
  return { faults, counted, logged };
}
