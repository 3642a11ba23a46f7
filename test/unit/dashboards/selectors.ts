/** A selector of a PromQL expression. */
export interface Selector {
  readonly text: string;
  readonly name: string;
  readonly labels: readonly string[];
  readonly isRange: boolean;
}

/** The selectors of an expression. All of ours have braces, so that other words are functions and labels. */
export function selectorsOf(expr: string): readonly Selector[] {
  return [...expr.matchAll(/(\w+)\{([^}]*)\}(\[)?/g)].map(
    ([text, name = '', inside = '', range]) => ({
      text,
      name,
      labels: [...inside.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label),
      isRange: range !== undefined,
    }),
  );
}
