/** Longest label value kept, in UTF-16 code units; the rest is cut off. */
export const LABEL_VALUE_LIMIT = 128;

/** The value of every label of the series that takes what exceeds a metric's series limit. */
export const OTHER = '__other__';

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * The rule that a label name breaks, or `undefined` for a good one.
 * Source: https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
 */
export function labelNameProblem(name: string): string | undefined {
  if (!LABEL_NAME.test(name)) return 'a label name matches [a-zA-Z_][a-zA-Z0-9_]*';
  if (name.startsWith('__')) return 'label names that begin with __ are reserved by Prometheus';
  return undefined;
}

/**
 * A label value as it is stored: text, well-formed (a lone surrogate could not be told from another one in UTF-8) and
 * at most {@link LABEL_VALUE_LIMIT} code units long.
 */
export function toLabelValue(value: unknown): string {
  const text = typeof value === 'string' ? value : String(value ?? '');
  const cut = text.length > LABEL_VALUE_LIMIT ? text.slice(0, LABEL_VALUE_LIMIT) : text;
  return cut.isWellFormed() ? cut : cut.toWellFormed();
}

/** A copy: part of a text keeps all of it in memory, and a label value may be cut out of the body of a request. */
export function detachString(value: string): string {
  return Buffer.from(value).toString();
}
