import { ConfigurationError, type ConfigurationProblem } from '../../kernel/configuration-error.js';

// setTimeout takes no more.
const MAX_DURATION_MS = 2_147_483_647;

/** What an option of an exporter must be. */
export interface ExporterOptionRule {
  accepts(value: unknown): boolean;
  readonly rule: string;
  readonly remedy: string;
  /** Whether the value is kept out of the error: headers hold keys, URLs passwords. */
  readonly secret?: boolean;
}

/** The rules of an exporter's options, by name. */
export type ExporterOptionRules = Readonly<Record<string, ExporterOptionRule>>;

/** The rule of a duration in milliseconds. */
export const durationRule: ExporterOptionRule = {
  accepts: (it) => Number.isInteger(it) && (it as number) > 0 && (it as number) <= MAX_DURATION_MS,
  rule: 'a whole number of milliseconds from 1 to 2147483647',
  remedy: 'Pass something like 10000.',
};

/** The rule of an exporter's name. */
export const exporterNameRule: ExporterOptionRule = {
  accepts: (it) => typeof it === 'string' && /^[a-z0-9_]{1,64}$/.test(it),
  rule: '1 to 64 lower-case letters, digits and underscores',
  remedy: "Pass something like 'otlp_eu'.",
};

/** The rule of an option with a few values. */
export function oneOfRule(...values: readonly string[]): ExporterOptionRule {
  return {
    accepts: (it) => typeof it === 'string' && values.includes(it),
    rule: `one of ${values.join(', ')}`,
    remedy: `Pass something like '${values[0]}'.`,
  };
}

/** Whether a value is an object whose values are all accepted. */
export function isRecordOf(value: unknown, accepts: (it: unknown) => boolean): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(accepts);
}

/**
 * @param exporter - The function that the options were given to, as it reads in the error.
 * @throws ConfigurationError `OBS_OPTION_INVALID`, naming every option that breaks its rule.
 */
export function assertExporterOptions(
  exporter: string,
  options: unknown,
  rules: ExporterOptionRules,
): void {
  const problems = isRecordOf(options, () => true)
    ? Object.entries(options as object).flatMap(([name, value]) =>
        value === undefined ? [] : problemOf(`${exporter}.${name}`, value, rules[name]),
      )
    : [unknownOption(exporter, options)];
  if (problems.length > 0) throw new ConfigurationError('OBS_OPTION_INVALID', ...problems);
}

function problemOf(
  subject: string,
  value: unknown,
  rule: ExporterOptionRule | undefined,
): ConfigurationProblem[] {
  if (rule === undefined) return [unknownOption(subject, value)];
  if (rule.accepts(value)) return [];
  const shown = rule.secret === true ? 'a value that is not shown' : value;
  return [{ subject, value: shown, rule: rule.rule, remedy: rule.remedy }];
}

function unknownOption(subject: string, value: unknown): ConfigurationProblem {
  const remedy = 'Remove the option or correct its name.';
  return { subject, value, rule: 'an object of known options', remedy };
}
