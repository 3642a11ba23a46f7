import type { CallFrame, Stack } from './profile.js';

/** A function and its own share of a profile, with the native code that it calls, without the functions it calls. */
export interface FunctionShare {
  readonly name: string;
  /** File and line; empty for work of V8 itself, such as the garbage collector. */
  readonly place: string;
  /** Nanoseconds or bytes. */
  readonly value: number;
  /** 0 to 1. */
  readonly share: number;
}

/** Functions of a profile by their own values. */
export interface HottestFunctions {
  /** Sum of all values in nanoseconds or bytes. */
  readonly total: number;
  /** The largest first. */
  readonly functions: readonly FunctionShare[];
}

/** Returns the functions of a profile. Native code, which is in no file, counts for its nearest caller that is. */
export function hottestFunctions(stacks: readonly Stack[]): HottestFunctions {
  const sums = new Map<string, FunctionShare>();
  let total = 0;
  for (const { frames, values } of stacks) {
    const frame = frames.find(({ url }) => url !== '') ?? frames[0];
    const value = values.at(-1) ?? 0;
    total += value;
    if (frame === undefined) continue;
    const [name, place] = [nameOf(frame), placeOf(frame)];
    const key = `${name} ${place}:${frame.columnNumber}`;
    sums.set(key, { name, place, value: (sums.get(key)?.value ?? 0) + value, share: 0 });
  }
  const functions = [...sums.values()]
    .toSorted((a, b) => b.value - a.value)
    .map((it) => ({ ...it, share: total > 0 ? it.value / total : 0 }));
  return { total, functions };
}

/** Returns the name of a function; functions of no name have one in profiles. */
export function nameOf({ functionName }: CallFrame): string {
  return functionName === '' ? '(anonymous)' : functionName;
}

function placeOf({ url, lineNumber }: CallFrame): string {
  return url === '' ? '' : `${url}:${lineNumber + 1}`;
}

/** Returns one line about the hottest function. */
export function hottestText({ functions: [top] }: HottestFunctions): string {
  if (top === undefined) return 'no function ran';
  const place = top.place && ` (${top.place})`;
  return `${Math.round(top.share * 100)} % in ${top.name}${place}`;
}
