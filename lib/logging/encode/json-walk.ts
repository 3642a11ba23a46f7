import type { LineLimits } from './line-limits.js';

/** State of one walk through a value. */
export class Walk {
  /** Objects around the current one. */
  readonly around: object[] = [];
  /** Names from the root to the current value, where paths are secret. */
  readonly trail: string[] = [];
  readonly depth: number;
  readonly keys: number;
  /** Texts of JSON around the current value. */
  readonly nesting: number;
  isError = false;

  constructor({ depth, keys }: Pick<Required<LineLimits>, 'depth' | 'keys'>, nesting = 0) {
    this.depth = depth;
    this.keys = keys;
    this.nesting = nesting;
  }

  /** A walk through JSON in a text, which is read to its end: a part that is not read would not be redacted. */
  static within({ nesting, trail }: Walk): Walk {
    const walk = new Walk({ depth: Infinity, keys: Infinity }, nesting + 1);
    walk.trail.push(...trail);
    return walk;
  }
}

/** Longest JSON in a text that is parsed. */
const NESTED_JSON = 65_536;
const BRACKET = /[[{]/;

/** JSON in a text, with its place. */
interface JsonPart {
  readonly start: number;
  readonly end: number;
  readonly parsed: object;
}

/** Finds the JSON object or array in a text, with whatever text around it. */
export function jsonWithin(text: string): JsonPart | undefined {
  if (text.length > NESTED_JSON || !BRACKET.test(text)) return undefined;
  for (const [open, close] of ['{}', '[]']) {
    const start = text.indexOf(open as string);
    const end = text.lastIndexOf(close as string) + 1;
    const parsed = start === -1 || end - start < 5 ? undefined : parse(text.slice(start, end));
    if (parsed !== undefined) return { start, end, parsed };
  }
  return undefined;
}

function parse(text: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
