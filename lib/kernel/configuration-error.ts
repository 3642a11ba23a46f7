/** Codes of {@link ConfigurationError}, with their descriptions. */
export const configurationErrorCodes = {
  OBS_OPTION_INVALID: 'An option has an invalid value.',
  OBS_CONFIG_FILE: 'A configuration file cannot be read.',
  OBS_MODULE_DUPLICATE: 'The module is imported more than once in one application.',
  OBS_HANDLER_TARGET: 'A handler decorator is applied to something other than an instance method.',
  OBS_HANDLER_OPTION: 'An option of a handler decorator has an invalid value.',
  OBS_HANDLER_DUPLICATE: 'Two handlers use the same name.',
  OBS_METRIC_INVALID: 'A metric definition violates a naming or bucket rule.',
  OBS_METRIC_CONFLICT:
    'A metric name is already registered with another type, unit, label set or bucket list.',
  OBS_METRIC_DUPLICATE: 'A metric name exists both in the module and in the prom-client registry.',
  OBS_SOURCE_INVALID: 'A registered connection pool or circuit breaker cannot be observed.',
  OBS_SOURCE_DUPLICATE: 'Two connection pools or two circuit breakers use the same name.',
  OBS_ENDPOINT_TAKEN: 'The path or port of an endpoint is already in use.',
  OBS_EVENT_STORE_ADAPTER: 'An event store adapter or one of its options is invalid.',
  OBS_EVENT_STORE_METHOD: 'An adapter names a method that the event store does not have.',
  OBS_HEALTH_CHECK: 'A health check or a group of health checks is invalid.',
  OBS_PEER_MISSING: 'An option requires a package that is not installed.',
} as const;

/** Code of a {@link ConfigurationError}. */
export type ConfigurationErrorCode = keyof typeof configurationErrorCodes;

const OPTIONS_PAGE = 'docs/reference/options.md';
const DECORATORS_PAGE = 'docs/reference/decorators.md';
const CODES_PAGE = 'docs/reference/errors.md';
const METRICS_PAGE = 'docs/guides/recording-by-hand.md';
const RESOURCES_PAGE = 'docs/guides/pools-and-circuit-breakers.md';
const EVENT_STORE_PAGE = 'docs/guides/event-store.md';

/** Page of the documentation that a message names, as a path in the package. */
export const configurationErrorPages: Readonly<Record<ConfigurationErrorCode, string>> = {
  OBS_OPTION_INVALID: OPTIONS_PAGE,
  OBS_CONFIG_FILE: 'docs/guides/configuration-file.md',
  OBS_MODULE_DUPLICATE: CODES_PAGE,
  OBS_HANDLER_TARGET: DECORATORS_PAGE,
  OBS_HANDLER_OPTION: DECORATORS_PAGE,
  OBS_HANDLER_DUPLICATE: DECORATORS_PAGE,
  OBS_METRIC_INVALID: METRICS_PAGE,
  OBS_METRIC_CONFLICT: METRICS_PAGE,
  OBS_METRIC_DUPLICATE: CODES_PAGE,
  OBS_SOURCE_INVALID: RESOURCES_PAGE,
  OBS_SOURCE_DUPLICATE: RESOURCES_PAGE,
  OBS_ENDPOINT_TAKEN: OPTIONS_PAGE,
  OBS_EVENT_STORE_ADAPTER: EVENT_STORE_PAGE,
  OBS_EVENT_STORE_METHOD: EVENT_STORE_PAGE,
  OBS_HEALTH_CHECK: 'docs/guides/health.md',
  OBS_PEER_MISSING: OPTIONS_PAGE,
};

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
    const page = `See ${configurationErrorPages[code]} in @eventcore/nestjs-observability.`;
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
