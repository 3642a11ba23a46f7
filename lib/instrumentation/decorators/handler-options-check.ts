import type { SpanOptions } from '../../kernel/call-tracer.js';
import type { EventFilter, HandlerKind } from '../../kernel/observer.js';
import { assertOptions } from '../../options/assert-options.js';
import { group, list, type MembersOf, option, record } from '../../options/description.js';
import {
  bucketBounds,
  callback,
  flag,
  OFF,
  positive,
  providerToken,
  text,
} from '../../options/standard-options.js';
import type { AnyHandlerOptions } from './handler-options.js';

/** Names of the options that only projections have, but `metadata`. */
export const projectionOptions = [
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
] as const;

const name = text(undefined, { remedy: 'Shorten it, or leave it out to have it derived.' });
const token = providerToken({
  remedy: 'Pass the class or token of a provider; hand objects to projection(name).observe().',
});
const namesRemedy = "Pass something like ['OrderPaid'], or leave it out.";
const names = list(
  option((it) => typeof it === 'string', { rule: 'a name', remedy: namesRemedy }),
  { rule: 'an array of at least one name', remedy: namesRemedy, atLeast: 1 },
);
const labelRemedy = 'Pass (...args) => value.';

/** Descriptions of the options of all decorators. */
const members: MembersOf<AnyHandlerOptions> = {
  name,
  shared: flag(),
  context: flag(),
  outcome: callback('Pass (error) => outcome.'),
  events: callback('Pass (result) => number.'),
  id: callback('Pass (...args) => id.'),
  metadata: callback('Pass (event) => object.'),
  eventTime: callback('Pass (event) => Date.'),
  position: callback('Pass (event) => event.position.'),
  batch: flag(),
  onSkip: callback('Pass (result) => number.'),
  head: token,
  checkpoint: token,
  filter: group<EventFilter>(
    { eventTypes: names, categories: names },
    {
      rule: 'an object with eventTypes or categories',
      remedy: 'Pass { eventTypes: [...] }, or leave it out.',
    },
  ),
  idleAfterMs: positive('milliseconds'),
  stalledAfterMs: positive('milliseconds'),
  owner: callback('Pass () => boolean.'),
  span: group<SpanOptions>(
    {
      name,
      attributes: callback('Pass (...args) => attributes.'),
      resultAttributes: callback('Pass (result) => attributes.'),
    },
    {
      rule: 'false, or an object with name, attributes and resultAttributes',
      remedy: 'Pass false for no span.',
      or: OFF,
    },
  ),
  labels: record(
    {
      key: option(() => true, { rule: 'a label name', remedy: labelRemedy }),
      value: callback(labelRemedy),
    },
    {
      rule: 'an object of functions by label name',
      remedy: 'Pass something like { tenant: (command) => command.tenant }.',
    },
  ),
  buckets: bucketBounds(() => true, 'at least one bound, finite and ascending, in seconds'),
};

type OptionName = keyof AnyHandlerOptions;

const COMMON = ['name', 'shared', 'labels', 'buckets', 'outcome', 'context', 'span'] as const;
const KNOWN: Readonly<Record<HandlerKind, readonly OptionName[]>> = {
  command: [...COMMON, 'events', 'id'],
  query: COMMON,
  projection: [...COMMON, 'metadata', ...projectionOptions],
};

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
  const own = Object.fromEntries(KNOWN[kind].map((it) => [it, members[it]]));
  const description = group(own, {
    rule: 'a name or an object of options',
    remedy: 'Pass a string or an object.',
  });
  assertOptions({ subject, code: 'OBS_HANDLER_OPTION' }, description, options);
}
