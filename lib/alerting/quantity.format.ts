import type { ParameterUnit } from './alert-definition.js';

const STEPS = {
  seconds: [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
    [0.001, 'ms'],
  ],
  bytes: [
    [1_073_741_824, 'GiB'],
    [1_048_576, 'MiB'],
    [1_024, 'KiB'],
    [1, 'B'],
  ],
} as const;

/** Returns a quantity as text: `5 %`, `90 s`, `2 GiB`. */
export function quantityText(value: number, unit: ParameterUnit): string {
  if (unit === 'ratio') return `${shortest(value * 100)} %`;
  if (unit === 'count') return shortest(value);
  const steps = STEPS[unit];
  // The largest step that leaves a whole number, else the largest that is not above the value.
  const [step, name] = steps.find(([it]) => value >= it && Number.isInteger(value / it)) ??
    steps.find(([it]) => value >= it) ?? [1, steps.find(([it]) => it === 1)?.[1] ?? ''];
  return `${shortest(value / step)} ${name}`;
}

function shortest(value: number): string {
  return String(Number(value.toPrecision(6)));
}
