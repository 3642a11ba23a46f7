const MS_PER_DAY = 86_400_000;
const EPOCH_DAY = 719_468;
const DAYS_PER_ERA = 146_097;

/** Returns a writer of Unix times in ISO 8601 with milliseconds. Lines of one day share its date. */
export function isoTimes(): (timeMs: number) => string {
  let day = Number.NaN;
  let date = '';
  return (timeMs) => {
    const now = Math.floor(timeMs / MS_PER_DAY);
    if (now !== day) {
      day = now;
      date = dateText(now);
    }
    const ms = Math.floor(timeMs - now * MS_PER_DAY);
    const second = Math.floor(ms / 1_000);
    const minute = Math.floor(second / 60);
    const clock = `${two(Math.floor(minute / 60))}:${two(minute % 60)}:${two(second % 60)}`;
    return `${date}T${clock}.${String(ms % 1_000).padStart(3, '0')}Z`;
  };
}

/**
 * Date of a day since the Unix epoch.
 * Source: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
 */
function dateText(day: number): string {
  const shifted = day + EPOCH_DAY;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const ofEra = shifted - era * DAYS_PER_ERA;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
      365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * ofYear + 2) / 153);
  const dayOfMonth = ofYear - Math.floor((153 * month + 2) / 5) + 1;
  const isNextYear = month >= 10;
  const civilMonth = isNextYear ? month - 9 : month + 3;
  const civilYear = year + era * 400 + (isNextYear ? 1 : 0);
  return `${String(civilYear).padStart(4, '0')}-${two(civilMonth)}-${two(dayOfMonth)}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
