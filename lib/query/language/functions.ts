/** Type of a value. `vector` is an instant vector, `matrix` a range vector. */
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

/** Arguments and result of a function. */
export interface FunctionSignature {
  readonly name: string;
  /** Types of the arguments; the last one repeats where `extra` allows it. */
  readonly args: readonly ValueType[];
  /** The last arguments are optional: fewest and most arguments. */
  readonly counts: readonly [fewest: number, most: number];
  readonly returns: ValueType;
}

const types: Readonly<Record<string, ValueType>> = {
  v: 'vector',
  s: 'scalar',
  m: 'matrix',
  t: 'string',
};

// Arguments by type, `?` for an optional last one, `*` for one that repeats; functions return a vector unless told.
const groups: readonly (readonly [args: string, names: string, returns?: ValueType])[] = [
  [
    'v',
    'abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log10 log2 rad',
  ],
  ['v', 'sgn sin sinh sort sort_desc sqrt tan tanh timestamp'],
  ['v', 'histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar'],
  ['v?', 'days_in_month day_of_month day_of_week day_of_year hour minute month year'],
  ['vs', 'clamp_max clamp_min'],
  ['vss', 'clamp'],
  ['vs?', 'round'],
  ['v', 'scalar', 'scalar'],
  ['s', 'vector'],
  ['', 'pi time start end range step', 'scalar'],
  ['ss', 'max_of min_of', 'scalar'],
  [
    'm',
    'absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta',
  ],
  [
    'm',
    'increase irate last_over_time mad_over_time max_over_time min_over_time present_over_time',
  ],
  ['m', 'rate resets stddev_over_time stdvar_over_time sum_over_time ts_of_first_over_time'],
  ['m', 'ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time'],
  ['ms', 'predict_linear'],
  ['mss', 'double_exponential_smoothing'],
  ['sm', 'quantile_over_time'],
  ['sv', 'histogram_quantile'],
  ['vts*', 'histogram_quantiles'],
  ['ssv', 'histogram_fraction'],
  ['vtttt', 'label_replace'],
  ['vttt*', 'label_join'],
  ['vt*', 'sort_by_label sort_by_label_desc'],
];

/** Functions of the language by name. */
export const functions: ReadonlyMap<string, FunctionSignature> = new Map(
  groups.flatMap(([text, names, returns = 'vector']) => {
    const args = [...text].flatMap((it) => types[it] ?? []);
    const fewest = text.endsWith('?') || isJoin(text) ? args.length - 1 : args.length;
    const counts = [fewest, text.endsWith('*') ? Infinity : args.length] as const;
    return names.split(' ').map((name) => [name, { name, args, counts, returns }] as const);
  }),
);

/** Labels to join and to sort by may be none at all. */
function isJoin(args: string): boolean {
  return args.endsWith('t*');
}
