import { ConfigurationError, type ConfigurationProblem } from '../kernel/configuration-error.js';
import { LABEL_VALUE_LIMIT } from '../kernel/label.js';
import type { CommandOptions } from './handler-options.js';

const KNOWN = new Set(['name', 'shared', 'labels', 'buckets', 'outcome', 'context', 'events']);

type Check = readonly [
  option: string,
  value: unknown,
  holds: boolean,
  rule: string,
  remedy: string,
];

/**
 * @param subject - The decorator and where it stands.
 * @throws ConfigurationError `OBS_HANDLER_OPTION`
 */
export function assertHandlerOptions(options: CommandOptions, subject: string): void {
  const problems = checks(options).filter(([, , holds]) => !holds);
  if (problems.length === 0) return;
  const described = problems.map(([option, value, , rule, remedy]): ConfigurationProblem => ({
    subject: `${subject}, ${option}`,
    value,
    rule,
    remedy,
  }));
  throw new ConfigurationError('OBS_HANDLER_OPTION', ...described);
}

function checks(options: CommandOptions): Check[] {
  if (typeof options !== 'object' || options === null) {
    return [
      ['options', options, false, 'a name or an object of options', 'Pass a string or an object.'],
    ];
  }
  const { name, shared, labels, buckets, outcome, context, events } = options;
  const unknown = Object.keys(options).find((it) => !KNOWN.has(it));
  return [
    [
      'options',
      unknown,
      unknown === undefined,
      'known options only',
      `Use ${[...KNOWN].join(', ')}.`,
    ],
    [
      'name',
      name,
      name === undefined || isName(name),
      `a name is 1 to ${LABEL_VALUE_LIMIT} characters of well-formed text, not blank`,
      'Shorten it, or leave it out to have it derived.',
    ],
    ['shared', shared, isOptional(shared, 'boolean'), 'true or false', 'Pass a boolean.'],
    ['context', context, isOptional(context, 'boolean'), 'true or false', 'Pass a boolean.'],
    ['outcome', outcome, isOptional(outcome, 'function'), 'a function', 'Pass (error) => outcome.'],
    ['events', events, isOptional(events, 'function'), 'a function', 'Pass (result) => number.'],
    ['labels', labels, areHooks(labels), 'a function per label name', 'Pass (...args) => value.'],
    [
      'buckets',
      buckets,
      buckets === undefined || areBounds(buckets),
      'at least one bound, finite and ascending, in seconds',
      'Sort the bounds and leave +Inf out.',
    ],
  ];
}

function isName(name: unknown): boolean {
  return (
    typeof name === 'string' &&
    name.trim() !== '' &&
    name.length <= LABEL_VALUE_LIMIT &&
    name.isWellFormed()
  );
}

function isOptional(value: unknown, type: string): boolean {
  return value === undefined || typeof value === type;
}

function areHooks(labels: unknown): boolean {
  if (labels === undefined) return true;
  if (typeof labels !== 'object' || labels === null) return false;
  return Object.values(labels).every((it) => typeof it === 'function');
}

function areBounds(buckets: unknown): boolean {
  if (!Array.isArray(buckets) || buckets.length === 0) return false;
  return buckets.every(
    (it, i) => Number.isFinite(it) && (i === 0 || (it as number) > (buckets[i - 1] as number)),
  );
}
