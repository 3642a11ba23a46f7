const AT_MOST = 3;
const LONGEST = 200;

/** Returns up to three known names that are similar to an unknown one. */
export function nearestNames(wanted: string, known: Iterable<string>): string[] {
  const name = wanted.slice(0, LONGEST).toLowerCase();
  const limit = Math.max(2, Math.floor(name.length * 0.4));
  return [...new Set(known)]
    .map((it) => ({ it, distance: distanceOf(name, it.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .toSorted((one, other) => one.distance - other.distance)
    .slice(0, AT_MOST)
    .map(({ it }) => it);
}

/** Returns the remedy for an unknown name. */
export function didYouMean(near: readonly string[], known: readonly string[]): string {
  return near.length === 0
    ? `Known options: ${known.join(', ')}.`
    : `Did you mean ${near.join(' or ')}?`;
}

/** Returns the edit distance of two texts. */
function distanceOf(one: string, other: string): number {
  let before = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = (before[j - 1] as number) + Number(one[i - 1] !== other[j - 1]);
      row.push(Math.min(replaced, (before[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    before = row;
  }
  return before[other.length] as number;
}
