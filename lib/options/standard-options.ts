import * as v from 'valibot';
import { LABEL_VALUE_LIMIT, labelNameProblem } from '../kernel/label.js';
import {
  type Accepts,
  list,
  type ListDescription,
  option,
  type OptionDetails,
  type ValueDescription,
} from './description.js';

type Details = Partial<OptionDetails>;

// Longest delay of setTimeout.
const LONGEST_DELAY_MS = 2_147_483_647;
const LABEL_NAME = /^(?!__)(?!(?:le|quantile)$)[a-zA-Z_][a-zA-Z0-9_]*$/;
// Labels that the exposition writes itself.
const RESERVED_LABELS: readonly string[] = ['le', 'quantile'];

const ENDPOINT_PATH = /^\/(?:[\w\-.~]+(?:\/[\w\-.~]+)*)?$/;

/** Returns the schema of an option, for one that contains it. */
export function schemaOf({ schema }: ValueDescription): v.GenericSchema {
  return schema as v.GenericSchema;
}

/** Accepts `false` in place of a group that can be disabled. */
export const OFF = v.literal(false);

/** Describes `true` or `false`. */
export function flag(details: Details = {}): ValueDescription {
  return option(v.boolean(), { rule: 'true or false', remedy: 'Pass a boolean.', ...details });
}

/** Describes a whole number between two inclusive bounds. */
export function wholeNumber(min: number, max: number, details: Details = {}): ValueDescription {
  return option(v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)), {
    rule: `a whole number from ${formatNumber(min)} to ${formatNumber(max)}`,
    remedy: 'Pass a number in this range, or leave the option out.',
    ...details,
  });
}

/** Describes a whole number of milliseconds for a timer, from 1. */
export function timerMs(details: Details = {}): ValueDescription {
  return wholeNumber(1, LONGEST_DELAY_MS, {
    rule: `a whole number of milliseconds from 1 to ${formatNumber(LONGEST_DELAY_MS)}`,
    remedy: 'Pass something like 5000.',
    ...details,
  });
}

/** Describes a number of milliseconds for a timer, above 0; fractions are valid. */
export function delayMs(details: Details = {}): ValueDescription {
  return option(v.pipe(v.number(), v.gtValue(0), v.maxValue(LONGEST_DELAY_MS)), {
    rule: `a number of milliseconds above 0, at most ${formatNumber(LONGEST_DELAY_MS)}`,
    remedy: 'Pass something like 5000.',
    ...details,
  });
}

/** Describes a number of milliseconds for a timer, from 0. */
export function waitMs(details: Details = {}): ValueDescription {
  return option(v.pipe(v.number(), v.minValue(0), v.maxValue(LONGEST_DELAY_MS)), {
    rule: `a number of milliseconds from 0 to ${formatNumber(LONGEST_DELAY_MS)}`,
    remedy: 'Pass something like 5000; 0 does not wait.',
    ...details,
  });
}

/** Describes a number above 0 without an upper bound. */
export function positive(unit: string, details: Details = {}): ValueDescription {
  return option(v.pipe(v.number(), v.gtValue(0)), {
    rule: `a number of ${unit} above 0`,
    remedy: 'Pass a number above 0, or leave the option out.',
    ...details,
  });
}

/** Describes a number of milliseconds from 0 without an upper bound. */
export function ageMs(details: Details = {}): ValueDescription {
  return option(v.pipe(v.number(), v.minValue(0)), {
    rule: 'a number of milliseconds, 0 or more',
    remedy: 'Pass something like 120000.',
    ...details,
  });
}

/** Describes a share from 0 to 1. */
export function ratio(details: Details = {}): ValueDescription {
  return option(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), {
    rule: 'a number from 0 to 1',
    remedy: 'Pass a share: 0.9 is 90 %.',
    ...details,
  });
}

/** Describes one of several texts. */
export function oneOf(values: readonly string[], details: Details = {}): ValueDescription {
  return option(v.picklist(values), {
    rule: `one of ${values.join(', ')}`,
    remedy: `Pass something like '${values[0]}'.`,
    ...details,
  });
}

/** Describes a well-formed, non-blank text of limited length. */
export function text(
  maxLength: number = LABEL_VALUE_LIMIT,
  details: Details = {},
): ValueDescription {
  return option(textSchema(maxLength), {
    rule: `1 to ${maxLength} characters of well-formed text, not blank`,
    remedy: 'Pass a short text, or leave the option out.',
    ...details,
  });
}

/** Accepts the text of {@link text} with its default length. */
export const isText: Accepts = (it) => v.is(textSchema(), it);

/** Returns the schema of {@link text}. */
function textSchema(maxLength: number = LABEL_VALUE_LIMIT) {
  return v.pipe(
    v.string(),
    v.maxLength(maxLength),
    v.regex(/\S/),
    v.check((it) => it.isWellFormed()),
  );
}

/** Accepts texts that match a regular expression. */
export function matching(pattern: RegExp) {
  return v.pipe(v.string(), v.regex(pattern));
}

/** Describes an array of names. */
export function nameList(details: Details = {}): ListDescription {
  const { remedy = 'Pass the names.' } = details;
  const name = option(v.string(), { rule: 'a name', remedy });
  return list(name, { rule: 'an array of names', remedy, ...details });
}

/** Describes the path of an endpoint; the remedy shows an example of it. */
export function endpointPath(example: string): ValueDescription {
  return option(matching(ENDPOINT_PATH), {
    rule: 'a path that begins with /, does not end with one and has no query, wildcard or parameter',
    remedy: `Pass something like '${example}'.`,
  });
}

/** Describes a function; the remedy shows its form. */
export function callback(remedy: string, details: Details = {}): ValueDescription {
  return option(v.function(), { rule: 'a function', remedy, ...details });
}

/** Describes an object with functions of these names. */
export function objectWith(methods: readonly string[], remedy: string): ValueDescription {
  const calls = methods.map((it) => `${it}()`);
  const rule = `an object with ${calls.slice(0, -1).join(', ')}${calls.length > 1 ? ' and ' : ''}${calls.at(-1)}`;
  return option(hasMethods(methods), { rule, remedy });
}

/** Returns a predicate for objects with functions of these names. */
export function hasMethods(methods: readonly string[]): Accepts {
  return (it) =>
    typeof it === 'object' &&
    it !== null &&
    methods.every((name) => typeof Reflect.get(it, name) === 'function');
}

/** Describes a clock. */
export function clock(): ValueDescription {
  return objectWith(['monotonicMs', 'wallMs'], 'Pass a Clock, or leave it out.');
}

/** Describes the token of a provider. */
export function providerToken(details: Details = {}): ValueDescription {
  return option(v.union([v.pipe(v.string(), v.minLength(1)), v.symbol(), v.function()]), {
    rule: 'the token of a provider',
    remedy: 'Pass the class or token of a provider of the application.',
    ...details,
  });
}

/** Describes the name of an application-defined label. */
export function labelName(details: Details = {}): ValueDescription {
  return option(
    v.pipe(
      matching(LABEL_NAME),
      v.check((it) => isLabelName(it)),
    ),
    {
      rule: 'a label name that matches [a-zA-Z_][a-zA-Z0-9_]*, does not begin with __ and is not le or quantile',
      remedy: 'Rename the label.',
      ...details,
    },
  );
}

/** Returns true for a valid name of an application-defined label. */
function isLabelName(it: unknown): boolean {
  return (
    typeof it === 'string' && labelNameProblem(it) === undefined && !RESERVED_LABELS.includes(it)
  );
}

/** Describes the first word of all metric names. */
export function namespace(details: Details = {}): ValueDescription {
  return option(matching(/^[a-z](?:[a-z0-9_]{0,30}[a-z0-9])?$/), {
    rule: '1 to 32 lower-case letters, digits and underscores that begin with a letter and do not end with an underscore',
    remedy: "Pass something like 'shop'.",
    ...details,
  });
}

/** Describes ascending upper bounds of buckets. */
export function bucketBounds(accepts: (bound: number) => boolean, rule: string): ValueDescription {
  const areBounds = (it: readonly number[]) =>
    it.every(
      (bound, i) =>
        Number.isFinite(bound) && accepts(bound) && (i === 0 || bound > (it[i - 1] as number)),
    );
  return option(
    v.pipe(
      v.array(v.number()),
      v.minLength(1),
      v.check((it) => areBounds(it)),
    ),
    {
      rule,
      remedy: 'Sort the bounds and leave +Inf out.',
    },
  );
}

function formatNumber(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}
