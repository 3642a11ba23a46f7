import type { CallFrame, Stack } from './profile.js';

/** A function and its own share of a profile, without that of the functions it calls. */
export interface SelfValue {
  /** Name of the function. */
  readonly name: string;
  /** File and line; empty for work of V8 itself. */
  readonly place: string;
  /** Nanoseconds or bytes. */
  readonly value: number;
  /** Share of all values, 0 to 1, without the time in which nothing ran. */
  readonly share: number;
}

/** Sum of a profile by function. */
export interface SelfValues {
  /** Sum without the time in which nothing ran. */
  readonly busy: number;
  readonly total: number;
  /** The largest first. */
  readonly functions: readonly SelfValue[];
}

// Time in which no JavaScript ran: V8 waits, or is in code of its own that no sample reaches.
const IDLE = '(idle)';

/** Returns the functions of a profile by what they did themselves: the last value of each stack. */
export function selfValues(stacks: readonly Stack[]): SelfValues {
  const sums = new Map<string, { frame: CallFrame; value: number }>();
  let [total, idle] = [0, 0];
  for (const { frames, values } of stacks) {
    const [frame] = frames;
    const value = values.at(-1) ?? 0;
    total += value;
    if (frame === undefined) continue;
    if (frame.functionName === IDLE) {
      idle += value;
      continue;
    }
    const key = `${frame.functionName} ${frame.url}:${frame.lineNumber}:${frame.columnNumber}`;
    sums.set(key, { frame, value: (sums.get(key)?.value ?? 0) + value });
  }
  const busy = total - idle;
  const functions = [...sums.values()]
    .sort((a, b) => b.value - a.value)
    .map(({ frame, value }) => ({
      name: nameOf(frame),
      place: frame.url === '' ? '' : `${frame.url}:${frame.lineNumber + 1}`,
      value,
      share: busy > 0 ? value / busy : 0,
    }));
  return { busy, total, functions };
}

/** Returns the name of a function; functions of no name have one in profiles. */
export function nameOf({ functionName }: CallFrame): string {
  return functionName === '' ? '(anonymous)' : functionName;
}

/** Returns one line about the function with the largest share. */
export function topLine({ functions: [top] }: SelfValues): string {
  if (top === undefined) return 'no function ran';
  return `${top.name} ${top.place} ${Math.round(top.share * 100)} %`.replaceAll('  ', ' ');
}
