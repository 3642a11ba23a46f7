import type { ParameterUnit } from '../alerting/alert-definition.js';
import type { OptionRule } from '../options/description.js';

const NUMBER = /^\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 };
const BYTES: Readonly<Record<string, number>> = {
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

const rules: Readonly<Record<ParameterUnit, OptionRule>> = {
  seconds: {
    rule: 'a number of seconds or a duration',
    remedy: 'Pass something like 90 or 1m30s.',
  },
  bytes: { rule: 'a number of bytes', remedy: 'Pass something like 1073741824 or 1GiB.' },
  ratio: { rule: 'a ratio from 0 to 1 or a percentage', remedy: 'Pass something like 0.05 or 5%.' },
  count: { rule: 'a number without a unit', remedy: 'Pass something like 20.' },
};

/** Returns the number that a text means in a unit, or the rule that it breaks. */
export function quantityOf(text: string, unit: ParameterUnit): number | OptionRule {
  const number = NUMBER.test(text) ? Number(text) : inUnit(text, unit);
  const most = unit === 'ratio' ? 1 : Number.MAX_VALUE;
  return number !== undefined && number <= most ? number : rules[unit];
}

function inUnit(text: string, unit: ParameterUnit): number | undefined {
  if (unit === 'ratio') {
    const [, percent] = /^(\d+(?:\.\d+)?) ?%$/.exec(text) ?? [];
    return percent === undefined ? undefined : Number(percent) / 100;
  }
  if (unit === 'bytes') {
    const [, count, name = ''] = /^(\d+(?:\.\d+)?) ?([KMG]iB)$/.exec(text) ?? [];
    return count === undefined ? undefined : Number(count) * (BYTES[name] as number);
  }
  if (unit === 'seconds' && /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
    return parts.reduce(
      (sum, [, count, name = '']) => sum + Number(count) * (SECONDS[name] as number),
      0,
    );
  }
  return undefined;
}
