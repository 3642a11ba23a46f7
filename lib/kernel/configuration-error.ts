import { configurationCodes, meaningsOf } from './errors/error-codes.js';

/** Code of a {@link ConfigurationError}. */
export type ConfigurationErrorCode = keyof typeof configurationErrorCodes;

/** Codes of {@link ConfigurationError}, with their descriptions. */
export const configurationErrorCodes = meaningsOf(configurationCodes);

/** One problem of a configuration. */
export interface ConfigurationProblem {
  /** Subject of the problem: an option path, a handler, a metric. */
  readonly subject: string;
  /** Invalid value; shortened in the message. */
  readonly value: unknown;
  /** Violated rule. */
  readonly rule: string;
  /** Suggested fix. */
  readonly remedy: string;
  /** Place in a configuration file: `observability.yaml:7:11`. @defaultValue none */
  readonly at?: string;
}

/**
 * Thrown for an invalid configuration while the application starts, never while it serves requests.
 *
 * @example
 * ```ts
 * import { ConfigurationError } from '@eventcore/nestjs-observability';
 *
 * export const isOurs = (error: unknown) =>
 *   error instanceof ConfigurationError && error.code === 'OBS_OPTION_INVALID';
 * ```
 */
export class ConfigurationError extends Error {
  /** Always `ConfigurationError`. */
  override readonly name = 'ConfigurationError';
  /** Stable code to match on. */
  readonly code: ConfigurationErrorCode;
  /** Problems found, one or more. */
  readonly problems: readonly ConfigurationProblem[];

  constructor(code: ConfigurationErrorCode, ...problems: readonly ConfigurationProblem[]) {
    const head = `${code}: ${configurationErrorCodes[code]}`;
    const page = `See ${configurationCodes[code].page} in @eventcore/nestjs-observability.`;
    super([head, ...problems.map(describe), page].join('\n'));
    this.code = code;
    this.problems = problems;
  }
}

function describe({ subject, value, rule, remedy, at }: ConfigurationProblem): string {
  return `  ${at === undefined ? '' : `${at} `}${subject} = ${preview(value)}: ${rule}. ${remedy}`;
}

const PREVIEW_LENGTH = 60;

function preview(value: unknown): string {
  const text = asText(value);
  return text.length <= PREVIEW_LENGTH
    ? text
    : `${text.slice(0, PREVIEW_LENGTH).toWellFormed()}… (${text.length} characters)`;
}

/** Formats any value. A value that throws on access, such as a revoked proxy, does not make this function throw. */
function asText(value: unknown): string {
  try {
    // JSON cannot represent NaN and Infinity.
    if (typeof value === 'number') return String(value);
    if (typeof value === 'function') return String(value.name) || 'a function';
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === 'bigint' ? `${value}n` : `a value of type ${typeof value}`;
  }
}
