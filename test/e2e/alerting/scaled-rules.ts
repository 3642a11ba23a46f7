import type { RuleGroup } from '../../../lib/alerting/index.js';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Rules whose durations are divided: those of windows, offsets, `for` and `keep_firing_for`. */
export function scaled(groups: readonly RuleGroup[], factor: number): readonly RuleGroup[] {
  const short = (whole: string, count: string, unit: string) => {
    const ms = Math.round((Number(count) * (SECONDS[unit] as number) * 1_000) / factor);
    return whole.replace(`${count}${unit}`, `${ms}ms`);
  };
  const text = JSON.stringify(groups)
    .replaceAll(/\[(\d+)([smhd])\]/g, short)
    .replaceAll(/offset (\d+)([smhd])/g, short)
    .replaceAll(/"(?:keep_firing_)?for":"(\d+)([smhd])"/g, short);
  return JSON.parse(text) as readonly RuleGroup[];
}
