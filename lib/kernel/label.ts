/** Maximum length of a label value in UTF-16 code units; longer values are truncated. */
export const LABEL_VALUE_LIMIT = 128;

/** Label value of the series that collects observations beyond the series limit of a metric. */
export const OTHER = '__other__';

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Returns the rule that a label name violates; `undefined` for a valid name.
 * Source: https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
 */
export function labelNameProblem(name: string): string | undefined {
  if (!LABEL_NAME.test(name)) return 'a label name must match [a-zA-Z_][a-zA-Z0-9_]*';
  if (name.startsWith('__')) return 'label names that begin with __ are reserved by Prometheus';
  return undefined;
}

/**
 * Converts a label value to its stored form: a well-formed string of at most {@link LABEL_VALUE_LIMIT} code units. Lone
 * surrogates are replaced because UTF-8 could not distinguish them.
 */
export function toLabelValue(value: unknown): string {
  const text = typeof value === 'string' ? value : String(value ?? '');
  const cut = text.length > LABEL_VALUE_LIMIT ? text.slice(0, LABEL_VALUE_LIMIT) : text;
  return cut.isWellFormed() ? cut : cut.toWellFormed();
}

/**
 * Copies a string. A substring keeps its whole parent in memory, and a label value may be a substring of a request
 * body.
 */
export function detachString(value: string): string {
  return Buffer.from(value).toString();
}

/** Values of a label that come from outside: the first ones keep their own, further ones are {@link OTHER}. */
export class LimitedValues {
  readonly #limit: number;
  readonly #known: Set<string>;

  /**
   * @param limit - Maximum number of values.
   * @param known - Values that are known from the start, also beyond the limit.
   */
  constructor(limit: number, known: Iterable<string> = []) {
    this.#limit = limit;
    this.#known = new Set(known);
  }

  /** Returns the value that stands for this one. */
  of(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#limit) return OTHER;
    this.#known.add(value);
    return value;
  }
}
