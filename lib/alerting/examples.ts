import type { AlertExample } from './alert-definition.js';

/** Returns the series of a histogram with 60 observations a minute, all of them between two bounds of its buckets. */
export function observations(
  histogram: string,
  labels: string,
  [from, to]: readonly [from: number, to: number],
): AlertExample {
  const bucket = (le: number | '+Inf') => `${histogram}_bucket{${labels},le="${le}"}`;
  return {
    [bucket(from)]: '0x30',
    [bucket(to)]: '0+60x30',
    [bucket('+Inf')]: '0+60x30',
    [`${histogram}_count{${labels}}`]: '0+60x30',
    [`${histogram}_sum{${labels}}`]: '0+60x30',
  };
}
