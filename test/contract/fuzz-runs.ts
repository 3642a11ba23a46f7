/** How many random cases a property is tried with: FUZZ_RUNS asks for more than every build has time for. */
export function fuzzRuns(usual: number): number {
  const asked = Number(process.env['FUZZ_RUNS'] ?? usual);
  if (!Number.isInteger(asked) || asked < 1) throw new Error('FUZZ_RUNS is a whole number above 0');
  return asked;
}
