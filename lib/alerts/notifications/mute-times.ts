/** Recurring time, in the words of Alertmanager. All members that are given must hold. */
export interface MuteTime {
  /** Times of day, `end` exclusive and up to `24:00`. @defaultValue the whole day */
  readonly times?: readonly { readonly start: string; readonly end: string }[];
  /** Days or ranges of days: `saturday`, `monday:friday`. @defaultValue every day */
  readonly weekdays?: readonly string[];
  /** Days of the month or ranges: `1:5`, `-1` for the last day. @defaultValue every day */
  readonly daysOfMonth?: readonly string[];
  /** Months or ranges: `december`, `1:3`. @defaultValue every month */
  readonly months?: readonly string[];
  /** IANA time zone. @defaultValue 'UTC' */
  readonly location?: string;
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const rangeOfNames = (names: string) => new RegExp(`^(?:${names})(?::(?:${names}))?$`);

/** Time of day. */
export const TIME_OF_DAY = /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/;
/** Day of the week, or a range of them. */
export const WEEKDAYS_PATTERN = rangeOfNames(WEEKDAYS.join('|'));
/** Month, or a range of them. */
export const MONTHS_PATTERN = rangeOfNames(`${MONTHS.join('|')}|[1-9]|1[0-2]`);
/** Day of the month, or a range of them. */
export const DAYS_OF_MONTH = rangeOfNames('-?(?:[1-9]|[12]\\d|3[01])');
/** Name of a time zone. */
export const TIME_ZONE = /^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/;

/** Returns true for a time zone that Node.js knows. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

/** Returns true for days of the month of which the first is not after the last in any month. */
export function isDayRange(text: string): boolean {
  const [from = 0, to = from] = text.split(':').map(Number);
  return from <= to ? from > 0 || to < 0 : from > 0 && to < 0;
}

/** Returns true at a time that one of the recurring times contains. */
export function isMutedAt(times: readonly MuteTime[], atMs: number): boolean {
  return times.some((it) => contains(it, atMs));
}

function contains(it: MuteTime, atMs: number): boolean {
  const { minute, weekday, day, month, lastDay } = partsOf(atMs, it.location ?? 'UTC');
  const isWithin = (list: readonly string[] | undefined, holds: (text: string) => boolean) =>
    list === undefined || list.some(holds);
  const between = (value: number, index: (text: string) => number) => (text: string) => {
    const [from, to] = rangeOf(text, index) ?? [1, 0];
    return from <= to ? from <= value && value <= to : value >= from || value <= to;
  };
  const dayOf = (text: string) => (Number(text) < 0 ? lastDay + 1 + Number(text) : Number(text));
  return (
    (it.times === undefined ||
      it.times.some(({ start, end }) => minuteOf(start) <= minute && minute < minuteOf(end))) &&
    isWithin(
      it.weekdays,
      between(weekday, (text) => WEEKDAYS.indexOf(text)),
    ) &&
    isWithin(it.months, between(month, monthOf)) &&
    isWithin(it.daysOfMonth, (text) => {
      const [from = 0, to = from] = text.split(':').map(dayOf);
      return from <= day && day <= to;
    })
  );
}

/** Formats by time zone: they are expensive to make, and the configuration has few zones. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  formats.set(timeZone, format);
  return format;
}

function partsOf(atMs: number, timeZone: string) {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  return {
    day,
    month: month - 1,
    minute: hour * 60 + minute,
    weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay(),
    lastDay: new Date(Date.UTC(year, month, 0)).getUTCDate(),
  };
}

function minuteOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

function monthOf(text: string): number {
  const named = MONTHS.indexOf(text);
  if (named !== -1) return named;
  return /^(?:[1-9]|1[0-2])$/.test(text) ? Number(text) - 1 : -1;
}

function rangeOf(text: string, index: (text: string) => number): [number, number] | undefined {
  const [from, to, more] = text.toLowerCase().split(':').map(index);
  if (from === undefined || from === -1 || to === -1 || more !== undefined) return undefined;
  return [from, to ?? from];
}
