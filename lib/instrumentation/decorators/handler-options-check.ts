import type { SpanOptions } from '../../kernel/call-tracer.js';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import { assertOptions } from '../../options/assert-options.js';
import {
  group,
  type MembersOf,
  option,
  type OptionDescription,
  record,
} from '../../options/description.js';
import { bucketBounds, callback, flag, OFF, text } from '../../options/standard-options.js';
import type { HandlerOptions } from './handler-options.js';

/** A kind of handlers with a decorator. */
export interface DecoratedKind extends HandlerKind {
  /** Options of the decorator beside those of all kinds and the fixed labels, by name. @defaultValue none */
  readonly options?: Readonly<Record<string, OptionDescription>>;
}

const name = text(undefined, { remedy: 'Shorten it, or leave it out to have it derived.' });
const labelRemedy = 'Pass (...args) => value.';

/** Options of all decorators. */
const members: MembersOf<HandlerOptions> = {
  name,
  shared: flag(),
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
  outcome: callback('Pass (error) => outcome.'),
  context: flag(),
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
};

/** Decorator and its location. */
export interface DecoratedHandler {
  readonly kind: DecoratedKind;
  readonly subject: string;
}

/** @throws ConfigurationError `OBS_HANDLER_OPTION` */
export function assertHandlerOptions(
  options: HandlerOptions,
  { kind, subject }: DecoratedHandler,
): void {
  const { fixedLabels = {}, options: own } = kind;
  const labels = Object.fromEntries(
    Object.entries(fixedLabels).map(([it, otherwise]) => [it, fixedLabel(otherwise === undefined)]),
  );
  const description = group<object>(
    { ...members, ...labels, ...own },
    { rule: 'a name or an object of options', remedy: 'Pass a string or an object.' },
  );
  assertOptions({ subject, code: 'OBS_HANDLER_OPTION' }, description, options);
}

function fixedLabel(required: boolean): OptionDescription {
  return text(undefined, { required, remedy: 'Pass a text of few values.' });
}
