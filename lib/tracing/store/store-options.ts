import { ConfigurationError, type ConfigurationProblem } from '../../kernel/configuration-error.js';

/** What an option must be, and what to do when it is not. */
export interface OptionCheck {
  readonly rule: string;
  readonly remedy: string;
  accepts(value: unknown): boolean;
  /** What an error may show of a value that can hold a secret. @defaultValue the value */
  redact?(value: unknown): unknown;
}

/** `true` or `false`. */
export const flag: OptionCheck = {
  rule: 'true or false',
  remedy: 'Pass a boolean.',
  accepts: (it) => typeof it === 'boolean',
};

/** Any function. */
export const aFunction: OptionCheck = {
  rule: 'a function',
  remedy: 'Pass a function, or leave the option out.',
  accepts: (it) => typeof it === 'function',
};

/** A whole number within two bounds, both inclusive. */
export function wholeNumber(min: number, max: number): OptionCheck {
  return {
    rule: `a whole number from ${min} to ${max}`,
    remedy: 'Pass a number in this range, or leave the option out.',
    accepts: (it) => Number.isInteger(it) && (it as number) >= min && (it as number) <= max,
  };
}

/** What the options of a store must be. */
export interface OptionRules {
  readonly checks: Readonly<Record<string, OptionCheck>>;
  /** Names of the options that have no default. @defaultValue none */
  readonly required?: readonly string[];
}

/**
 * Checks the options of a store; those that are `undefined` are left out.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` with all problems
 */
export function checkOptions(
  subject: string,
  options: unknown,
  { checks, required = [] }: OptionRules,
): void {
  if (typeof options !== 'object' || options === null) {
    const rule = 'options are an object';
    throw invalid({ subject, value: options, rule, remedy: 'Pass an object.' });
  }
  const given: Readonly<Record<string, unknown>> = { ...options };
  const names = new Set([...required, ...Object.keys(given)]);
  const problems = [...names].flatMap((name) => {
    const check = Object.hasOwn(checks, name) ? checks[name] : unknownOption(checks);
    const value = given[name];
    const isDefault = value === undefined && !required.includes(name);
    if (check === undefined || isDefault || check.accepts(value)) return [];
    const { rule, remedy, redact = (it: unknown) => it } = check;
    return [{ subject: `${subject} ${name}`, value: redact(value), rule, remedy }];
  });
  if (problems.length > 0) throw invalid(...problems);
}

function unknownOption(checks: Readonly<Record<string, OptionCheck>>): OptionCheck {
  return {
    rule: `no option of this name; there are ${Object.keys(checks).join(', ')}`,
    remedy: 'Remove the option or correct its name.',
    accepts: () => false,
    redact: (it) => typeof it,
  };
}

function invalid(...problems: readonly ConfigurationProblem[]): ConfigurationError {
  return new ConfigurationError('OBS_OPTION_INVALID', ...problems);
}
