import type { ConfigurationProblem } from '../../kernel/configuration-error.js';
import { optionProblems } from '../../options/assert-options.js';
import { group, type MembersOf } from '../../options/description.js';
import { callback, flag, oneOf, text } from '../../options/standard-options.js';
import type { EventStoreOperationOptions } from './store-operation-options.js';

const fromArguments = callback('Pass (...args) => value.');
const fromResult = callback('Pass (result, ...args) => value.');
const ofError = callback('Pass (error) => boolean.');

/** Name of an operation: value of the label `operation`. */
export const operationName = text(undefined, {
  remedy: "Pass something like 'append'.",
  required: true,
});

/** Descriptions of {@link EventStoreOperationOptions}. */
export const operationMembers: MembersOf<EventStoreOperationOptions> = {
  effect: oneOf(['append', 'read', 'none']),
  stream: fromArguments,
  category: text(undefined, { remedy: "Pass something like 'all'." }),
  perStream: fromArguments,
  events: fromResult,
  version: fromResult,
  conflicted: fromResult,
  conflict: ofError,
  absent: ofError,
  live: flag(),
  prepare: callback('Pass (args, call) => args.'),
};

const operationOptions = group<EventStoreOperationOptions>(operationMembers);

/** Returns the problems of an operation and its options; empty for valid ones. */
export function operationProblems(
  operation: unknown,
  options: unknown,
  subject: string,
): ConfigurationProblem[] {
  return [
    ...optionProblems(`${subject}, operation`, operationName, operation),
    ...optionProblems(subject, operationOptions, options),
  ];
}
