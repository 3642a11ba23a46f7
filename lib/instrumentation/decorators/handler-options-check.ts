import { ConfigurationError, type ConfigurationProblem } from '../../kernel/configuration-error.js';
import { LABEL_VALUE_LIMIT } from '../../kernel/label.js';
import type { HandlerKind } from '../../kernel/observer.js';
import type { AnyHandlerOptions, ProjectionOptions } from './handler-options.js';

/** Names of the options that only projections have, but `metadata`. */
export const projectionOptions: readonly string[] = [
  'eventTime',
  'position',
  'batch',
  'onSkip',
  'head',
  'checkpoint',
  'filter',
  'idleAfterMs',
  'stalledAfterMs',
  'owner',
];

const FILTER_PARTS = ['eventTypes', 'categories'];

/** The rules of those options. */
export function projectionChecks(options: ProjectionOptions): Check[] {
  const { eventTime, position, batch, onSkip, owner, filter } = options;
  return [
    hookCheck('eventTime', eventTime, 'Pass (event) => Date.'),
    hookCheck('position', position, 'Pass (event) => event.position.'),
    ['batch', batch, isOptional(batch, 'boolean'), 'true or false', 'Pass a boolean.'],
    hookCheck('onSkip', onSkip, 'Pass (result) => number.'),
    tokenCheck('head', options.head),
    tokenCheck('checkpoint', options.checkpoint),
    [
      'filter',
      filter,
      filter === undefined || isFilter(filter),
      `an object of ${FILTER_PARTS.join(', ')}: lists of at least one text`,
      'Pass { eventTypes: [...] }, or leave it out.',
    ],
    durationCheck('idleAfterMs', options.idleAfterMs),
    durationCheck('stalledAfterMs', options.stalledAfterMs),
    hookCheck('owner', owner, 'Pass () => boolean.'),
  ];
}

function tokenCheck(option: string, token: unknown): Check {
  const holds = token === undefined || ['string', 'symbol', 'function'].includes(typeof token);
  const remedy =
    'Pass the class or token of a provider; hand objects to projection(name).observe().';
  return [option, token, holds, 'the token of a provider', remedy];
}

function durationCheck(option: string, value: unknown): Check {
  const holds = value === undefined || (typeof value === 'number' && value > 0);
  return [option, value, holds, 'a number of milliseconds above 0', 'Pass something like 60000.'];
}

function isFilter(filter: unknown): boolean {
  if (typeof filter !== 'object' || filter === null) return false;
  return Object.entries(filter).every(
    ([part, values]) => FILTER_PARTS.includes(part) && (values === undefined || areTexts(values)),
  );
}

function areTexts(values: unknown): boolean {
  return Array.isArray(values) && values.length > 0 && values.every((it) => typeof it === 'string');
}

/** What an option must be, and whether it is. */
export type Check = readonly [
  option: string,
  value: unknown,
  holds: boolean,
  rule: string,
  remedy: string,
];

/** An option that is a function. */
export function hookCheck(option: string, hook: unknown, remedy: string): Check {
  return [option, hook, isOptional(hook, 'function'), 'a function', remedy];
}

/** Whether a value is left out or of a type. */
export function isOptional(value: unknown, type: string): boolean {
  return value === undefined || typeof value === type;
}

const COMMON = ['name', 'shared', 'labels', 'buckets', 'outcome', 'context', 'span'];
const KNOWN: Readonly<Record<HandlerKind, readonly string[]>> = {
  command: [...COMMON, 'events', 'id'],
  query: COMMON,
  projection: [...COMMON, 'metadata', ...projectionOptions],
};
const SPAN_OPTIONS = ['name', 'attributes', 'resultAttributes'];

/** A decorator and where it stands. */
export interface DecoratedHandler {
  readonly kind: HandlerKind;
  readonly subject: string;
}

/** @throws ConfigurationError `OBS_HANDLER_OPTION` */
export function assertHandlerOptions(
  options: AnyHandlerOptions,
  { kind, subject }: DecoratedHandler,
): void {
  const problems = checks(options, KNOWN[kind]).filter(([, , holds]) => !holds);
  if (problems.length === 0) return;
  const described = problems.map(([option, value, , rule, remedy]): ConfigurationProblem => ({
    subject: `${subject}, ${option}`,
    value,
    rule,
    remedy,
  }));
  throw new ConfigurationError('OBS_HANDLER_OPTION', ...described);
}

function checks(options: AnyHandlerOptions, known: readonly string[]): Check[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [
      ['options', options, false, 'a name or an object of options', 'Pass a string or an object.'],
    ];
  }
  const { name, shared, labels, buckets, outcome, context, events, span } = options;
  const { metadata, id } = options;
  const unknown = Object.keys(options).find((it) => !known.includes(it));
  return [
    ['options', unknown, unknown === undefined, 'known options only', `Use ${known.join(', ')}.`],
    nameCheck(name),
    ['shared', shared, isOptional(shared, 'boolean'), 'true or false', 'Pass a boolean.'],
    ['context', context, isOptional(context, 'boolean'), 'true or false', 'Pass a boolean.'],
    hookCheck('outcome', outcome, 'Pass (error) => outcome.'),
    hookCheck('events', events, 'Pass (result) => number.'),
    hookCheck('id', id, 'Pass (...args) => id.'),
    hookCheck('metadata', metadata, 'Pass (event) => object.'),
    ...projectionChecks(options),
    [
      'span',
      span,
      span === undefined || span === false || isSpan(span),
      `false, or an object of ${SPAN_OPTIONS.join(', ')} with a name of few values and functions`,
      'Pass false for no span.',
    ],
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

function nameCheck(name: unknown): Check {
  return [
    'name',
    name,
    name === undefined || isName(name),
    `a name is 1 to ${LABEL_VALUE_LIMIT} characters of well-formed text, not blank`,
    'Shorten it, or leave it out to have it derived.',
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

function isSpan(span: unknown): boolean {
  if (typeof span !== 'object' || span === null) return false;
  const { name, attributes, resultAttributes } = span as Record<string, unknown>;
  return (
    Object.keys(span).every((it) => SPAN_OPTIONS.includes(it)) &&
    (name === undefined || isName(name)) &&
    isOptional(attributes, 'function') &&
    isOptional(resultAttributes, 'function')
  );
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
