/** Every code a {@link ConfigurationError} can carry, with what it stands for. */
export const configurationErrorCodes = {
  OBS_OPTION_INVALID: 'An option of the module has a value that breaks its rule.',
  OBS_MODULE_DUPLICATE: 'The module is imported twice in one application.',
  OBS_HANDLER_TARGET: 'A handler decorator stands on something that is not an instance method.',
  OBS_HANDLER_OPTION: 'An option of a handler decorator has a value that breaks its rule.',
  OBS_HANDLER_DUPLICATE: 'Two handlers report under one name.',
  OBS_METRIC_INVALID: 'The definition of a metric breaks a naming or bucket rule.',
  OBS_METRIC_CONFLICT:
    'A metric name is taken by a metric of another type, unit, label set or bucket list.',
  OBS_METRIC_DUPLICATE: 'A metric name exists both here and in the prom-client registry.',
  OBS_SOURCE_INVALID:
    'A connection pool or circuit breaker cannot be observed as it was registered.',
  OBS_SOURCE_DUPLICATE:
    'Two connection pools or two circuit breakers are registered under one name.',
  OBS_ENDPOINT_TAKEN: 'The path or port of an endpoint is already used.',
  OBS_EVENT_STORE_ADAPTER: 'An adapter or an option of an event store breaks its rule.',
  OBS_EVENT_STORE_METHOD: 'An adapter names a method that the event store does not have.',
  OBS_HEALTH_CHECK: 'A health check or a group of health checks breaks its rule.',
  OBS_PEER_MISSING: 'An option asks for a feature whose package is not installed.',
} as const;

/** The code of a {@link ConfigurationError}. */
export type ConfigurationErrorCode = keyof typeof configurationErrorCodes;

/** What was wrong with a configuration, in parts. */
export interface ConfigurationProblem {
  /** What the value belongs to: an option path, a handler, a metric. */
  readonly subject: string;
  /** The offending value; shortened in the message. */
  readonly value: unknown;
  /** The rule that it breaks. */
  readonly rule: string;
  /** What to do about it. */
  readonly remedy: string;
}

/**
 * Wrong configuration. Thrown while the application starts, never while it serves.
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
  /** The problems found, at least one. */
  readonly problems: readonly ConfigurationProblem[];

  constructor(code: ConfigurationErrorCode, ...problems: readonly ConfigurationProblem[]) {
    super([`${code}: ${configurationErrorCodes[code]}`, ...problems.map(describe)].join('\n'));
    this.code = code;
    this.problems = problems;
  }
}

function describe({ subject, value, rule, remedy }: ConfigurationProblem): string {
  return `  ${subject} = ${preview(value)}: ${rule}. ${remedy}`;
}

const PREVIEW_LENGTH = 60;

function preview(value: unknown): string {
  const text = asText(value);
  return text.length <= PREVIEW_LENGTH
    ? text
    : `${text.slice(0, PREVIEW_LENGTH).toWellFormed()}… (${text.length} characters)`;
}

/** The value may be anything, such as a proxy that was revoked: nothing that it throws gets out. */
function asText(value: unknown): string {
  try {
    // JSON has no NaN and no Infinity.
    if (typeof value === 'number') return String(value);
    if (typeof value === 'function') return String(value.name) || 'a function';
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === 'bigint' ? `${value}n` : `a value of type ${typeof value}`;
  }
}
