import type { ProjectionOptions } from './handler-options.js';
import { type Check, hookCheck, isOptional } from './option-check.js';

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
