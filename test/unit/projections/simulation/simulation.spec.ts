import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acts, settings } from './history.js';
import { World } from './world.js';

// More of them: SIMULATION_RUNS=100000 npx vitest run test/unit/projections/simulation
const numRuns = Number(process.env['SIMULATION_RUNS'] ?? 400);
const seed = Number(process.env['SIMULATION_SEED'] ?? 20_261_121);

describe('whatever happens to a projection', () => {
  it(`Projection numbers are true or absent (${numRuns} histories, seed ${seed})`, async () => {
    const property = fc.asyncProperty(settings, acts, (setting, history) =>
      World.run(setting, history),
    );
    const { failed, counterexample, errorInstance, counterexamplePath } = await fc.check(property, {
      numRuns,
      seed,
    });
    const shown = failed ? JSON.stringify(counterexample) : '';
    expect(failed, `${shown}\n${String(errorInstance)}\npath ${counterexamplePath}`).toBe(false);
  }, 600_000);
});
