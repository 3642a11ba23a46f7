import type { ConfigurationProblem } from '../../kernel/configuration-error.js';
import { LABEL_VALUE_LIMIT } from '../../kernel/label.js';

const HOOKS = [
  'stream',
  'perStream',
  'events',
  'version',
  'conflicted',
  'conflict',
  'absent',
  'prepare',
];
const EFFECTS: readonly unknown[] = [undefined, 'append', 'read', 'none'];
const KNOWN = [...HOOKS, 'effect', 'category', 'live'];

/** What is wrong with how a method of an event store is described. */
export function operationProblems(
  operation: unknown,
  options: unknown,
  subject: string,
): ConfigurationProblem[] {
  const name = isLabel(operation)
    ? []
    : [problem(`${subject}, operation`, operation, [LABEL_RULE, "Pass something like 'append'."])];
  return [...name, ...optionProblems(options, subject)];
}

const LABEL_RULE = `it is 1 to ${LABEL_VALUE_LIMIT} characters of well-formed text, not blank`;

type RuleAndRemedy = readonly [rule: string, remedy: string];

function optionProblems(options: unknown, subject: string): ConfigurationProblem[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [problem(`${subject}, options`, options, ['an object of options', 'Pass an object.'])];
  }
  const given = options as Record<string, unknown>;
  const { effect, category, live } = given;
  const checks: readonly (readonly [name: string, holds: boolean, ...RuleAndRemedy])[] = [
    ...Object.keys(given)
      .filter((it) => !KNOWN.includes(it))
      .map((it) => [it, false, 'it is no known option', `Use ${KNOWN.join(', ')}.`] as const),
    ...HOOKS.map((it) => {
      const holds = given[it] === undefined || typeof given[it] === 'function';
      return [it, holds, 'it is a function', 'Pass a function.'] as const;
    }),
    ['effect', EFFECTS.includes(effect), 'it is append, read or none', 'Leave it out.'],
    [
      'category',
      category === undefined || isLabel(category),
      LABEL_RULE,
      "Pass something like 'all'.",
    ],
    [
      'live',
      live === undefined || typeof live === 'boolean',
      'it is true or false',
      'Pass a boolean.',
    ],
  ];
  return checks
    .filter(([, holds]) => !holds)
    .map(([name, , ...rest]) => problem(`${subject}, ${name}`, given[name], rest));
}

function problem(
  subject: string,
  value: unknown,
  [rule, remedy]: RuleAndRemedy,
): ConfigurationProblem {
  return { subject, value, rule, remedy };
}

/** Whether a value can be a label as it stands. */
export function isLabel(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= LABEL_VALUE_LIMIT &&
    value.isWellFormed()
  );
}
