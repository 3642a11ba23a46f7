const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['', '_bucket', '_count', '_sum'],
  summary: ['', '_count', '_sum'],
};

/**
 * The names that the samples of a metric have: a histogram `x` exposes `x_count`, and a metric of that name beside it
 * would make the exposition ambiguous.
 */
export function exposedNames({
  name,
  type = '',
}: {
  readonly name: string;
  readonly type?: string | undefined;
}): string[] {
  return (SUFFIXES[type] ?? ['']).map((suffix) => name + suffix);
}
