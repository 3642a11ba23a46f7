/** Function of the value of a series and of scalar arguments. */
export type ValueFunction = (value: number, ...args: readonly number[]) => number;

const date = (seconds: number) => new Date(Math.trunc(seconds) * 1_000);
const DAY_MS = 86_400_000;

/** Functions of a time, in seconds since 1970; in UTC. Without an argument they take the time of the step. */
export const dateFunctions: Readonly<Record<string, ValueFunction>> = {
  minute: (it) => date(it).getUTCMinutes(),
  hour: (it) => date(it).getUTCHours(),
  day_of_week: (it) => date(it).getUTCDay(),
  day_of_month: (it) => date(it).getUTCDate(),
  month: (it) => date(it).getUTCMonth() + 1,
  year: (it) => date(it).getUTCFullYear(),
  day_of_year: (it) => {
    const year = date(it).getUTCFullYear();
    return Math.floor((date(it).getTime() - Date.UTC(year, 0, 1)) / DAY_MS) + 1;
  },
  days_in_month: (it) =>
    new Date(Date.UTC(date(it).getUTCFullYear(), date(it).getUTCMonth() + 1, 0)).getUTCDate(),
};

/** Functions that change each value of an instant vector, by name. */
export const valueFunctions: Readonly<Record<string, ValueFunction>> = {
  ...dateFunctions,
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  rad: (it) => (it * Math.PI) / 180,
  deg: (it) => (it * 180) / Math.PI,
  sgn: Math.sign,
  round: (it, nearest = 1) => {
    // The inverse loses less precision: round(x, 0.1).
    const inverse = 1 / nearest;
    return Math.floor(it * inverse + 0.5) / inverse;
  },
  clamp: (it, min, max) => Math.max(min!, Math.min(max!, it)),
  clamp_min: (it, min) => Math.max(min!, it),
  clamp_max: (it, max) => Math.min(max!, it),
};

/** Returns the value as `count_values` writes it: decimal, without an exponent. */
export function formatDecimal(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const [mantissa = '', exponent] = String(value).split('e');
  if (exponent === undefined) return mantissa;
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const shift = Number(exponent);
  const sign = value < 0 ? '-' : '';
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - 1)}${whole}${fraction}`;
  return `${sign}${whole}${fraction.padEnd(shift, '0')}`;
}

/** Result of an operator for two numbers. A comparison returns its left operand, or `undefined` where it does not hold. */
export type Operator = (left: number, right: number) => number | undefined;

const arithmetic: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': power,
  atan2: Math.atan2,
};

const comparisons: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};

/** Power of IEEE 754: unlike that of JavaScript, 1 to any power is 1, and so is -1 to an infinite power. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1;
  return base ** exponent;
}

/** Returns true for an operator whose result is another quantity, so that it loses the metric name. */
export function changesQuantity(operator: string): boolean {
  return Object.hasOwn(arithmetic, operator);
}

/**
 * Returns the function of an arithmetic or comparison operator.
 *
 * @param returnsBool - A comparison returns 1 or 0.
 */
export function operatorOf(operator: string, returnsBool: boolean): Operator {
  const compute = arithmetic[operator];
  if (compute) return compute;
  const holds = comparisons[operator]!;
  return returnsBool ? (a, b) => Number(holds(a, b)) : (a, b) => (holds(a, b) ? a : undefined);
}
