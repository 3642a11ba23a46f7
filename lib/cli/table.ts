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

/** Returns a number for a table: to the unit from 1,000 on, else with four significant digits. */
export function roundedText(value: number): string {
  const isLarge = Math.abs(value) >= 1_000 && Number.isFinite(value);
  return String(isLarge ? Math.round(value) : Number(value.toPrecision(4)));
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
