import type { LineName } from './exposition-format.js';

/** Labels by name. */
export type Labels = Readonly<Record<string, string>>;

/** Labels as they stand between the braces; empty values are left out, as they mean the same as no label. */
export function formatLabels(names: readonly string[], values: readonly string[]): string {
  let text = '';
  names.forEach((name, i) => {
    const value = values[i] ?? '';
    if (value !== '') text += `${text === '' ? '' : ','}${name}="${escapeText(value)}"`;
  });
  return text;
}

/**
 * A function from the label values of a series to its labels as they stand between the braces.
 *
 * @param globalLabels - Added unless the metric has a label of that name.
 */
export function formatLabelNames(
  names: readonly string[],
  globalLabels: Labels,
): (values: readonly string[]) => string {
  const inherited = Object.keys(globalLabels).filter((it) => !names.includes(it));
  const rest = formatLabels(
    inherited,
    inherited.map((it) => globalLabels[it] ?? ''),
  );
  return (values) => joinLabels(formatLabels(names, values), rest);
}

/** What a line begins with, up to its number. */
export function formatHead({ name, label }: LineName, labels: string): string {
  const all = joinLabels(labels, label);
  return all === '' ? `${name} ` : `${name}{${all}} `;
}

/** A sample value or bound. */
export function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

/** Text between quotation marks. */
export function escapeText(text: string): string {
  return text.replace(/[\\\n"]/g, (it) => (it === '\n' ? '\\n' : `\\${it}`));
}

function joinLabels(first: string, second: string): string {
  if (first === '') return second;
  return second === '' ? first : `${first},${second}`;
}
