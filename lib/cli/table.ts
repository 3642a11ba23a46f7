/** Returns rows of cells as lines in which each column begins at one place. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Returns a table with a heading of its columns. */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  strong: (text: string) => string,
): string[] {
  const [first = '', ...rest] = aligned([heading, ...rows]);
  return [strong(first), ...rest];
}
