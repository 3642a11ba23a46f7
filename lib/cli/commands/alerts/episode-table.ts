import type { AlertEpisode } from '../../../alerts/trial/alert-episodes.js';
import { plainText } from '../../../alerts/templates/number.format.js';
import { roundedText, table } from '../../table.js';
import { durationText } from '../../times.js';

const NONE = '-';

/**
 * Returns a table of the lives of alerts.
 *
 * @param timeOf - Returns a time as text.
 */
export function episodeTable(
  episodes: readonly AlertEpisode[],
  timeOf: (ms: number) => string,
  strong: (text: string) => string,
): readonly string[] {
  const rows = episodes.map(({ beganMs, firedMs, endedMs, value, labels }) => [
    timeOf(beganMs),
    firedMs === undefined ? NONE : timeOf(firedMs),
    endedMs === undefined ? NONE : timeOf(endedMs),
    firedMs === undefined || endedMs === undefined ? NONE : durationText(endedMs - firedMs),
    roundedText(value),
    labels.without(['alertname']).toString(),
  ]);
  return table(['PENDING', 'FIRING', 'ENDED', 'FIRED FOR', 'VALUE', 'LABELS'], rows, strong);
}

/** Returns the life of an alert for scripts. */
export function episodeData(
  { labels, beganMs, firedMs, endedMs, value }: AlertEpisode,
  timeOf: (ms: number) => unknown,
): object {
  const time = (ms: number | undefined) => (ms === undefined ? null : timeOf(ms));
  // JSON has no NaN and no infinity.
  const number = plainText(value);
  return {
    labels: labels.toJSON(),
    pending: time(beganMs),
    firing: time(firedMs),
    ended: time(endedMs),
    value: number,
  };
}
