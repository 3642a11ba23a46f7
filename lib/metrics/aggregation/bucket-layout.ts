/** Whether two lists of bounds are the same. */
export function sameBounds(one: readonly number[], other: readonly number[]): boolean {
  return one === other || (one.length === other.length && one.every((it, i) => it === other[i]));
}

/**
 * Where the numbers of a histogram's series belong among other bounds: each bucket goes to the one that ends at its own
 * bound or next above it, so that the cumulative count is exact at every bound that both have, and the number and the sum
 * of all observations stay what they are.
 *
 * @returns The index in the other layout for each of count per bound, count of +Inf, and sum.
 */
export function rebucketing(from: readonly number[], to: readonly number[]): number[] {
  const places = from.map((bound) => {
    const place = to.findIndex((it) => it >= bound);
    return place === -1 ? to.length : place;
  });
  return [...places, to.length, to.length + 1];
}
