/** Names and indexes that lead to an option. */
export type OptionPath = readonly (string | number)[];

/** The text that options were read from, for errors. */
export interface OptionSource {
  /** Returns the place of an option's value, or of its name: `observability.yaml:7:11`. */
  placeOf(path: OptionPath, part: 'name' | 'value'): string | undefined;
  /** Returns the environment variable that a value, or a part of it, came from. Such values are never shown. */
  variableOf(path: OptionPath): string | undefined;
}

/**
 * Joins owner and path. An owner such as `otlp` becomes part of the path; one such as "@Command on Orders.place" precedes
 * it.
 */
export function subjectOf(owner: string, path: OptionPath): string {
  const text = path.reduce<string>(
    (before, it) =>
      typeof it === 'number' ? `${before}[${it}]` : before === '' ? it : `${before}.${it}`,
    '',
  );
  if (owner === '') return text === '' ? 'options' : text;
  if (text === '') return owner;
  return owner.includes(' ')
    ? `${owner}, ${text}`
    : `${owner}${text.startsWith('[') ? '' : '.'}${text}`;
}
