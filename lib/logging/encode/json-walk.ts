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
/** Places in a text where JSON could begin. */
const MOST_PLACES = 16;
const SHORTEST = 5;
const BRACKET = /[[{]/g;
const STEP = /["[\]{}]/g;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;

/** JSON in a text, with its place. */
interface JsonPart {
  readonly start: number;
  readonly end: number;
  readonly parsed: unknown;
}

/** Finds the JSON objects and arrays in a text, with whatever text around them; a text may also be one JSON string. */
export function jsonWithin(text: string): readonly JsonPart[] {
  BRACKET.lastIndex = 0;
  if (text.length > NESTED_JSON || !BRACKET.test(text)) return NONE;
  const whole = text.charAt(0) === '"' ? parse(text) : undefined;
  if (whole !== undefined) return [{ start: 0, end: text.length, parsed: whole }];
  const parts: JsonPart[] = [];
  let from = 0;
  for (let place = 0; place < MOST_PLACES; place++) {
    BRACKET.lastIndex = from;
    const start = BRACKET.exec(text)?.index;
    if (start === undefined) break;
    const end = endOf(text, start);
    const parsed = end - start < SHORTEST ? undefined : parse(text.slice(start, end));
    if (parsed !== undefined) parts.push({ start, end, parsed });
    from = parsed === undefined ? start + 1 : end;
  }
  return parts;
}

const NONE: readonly JsonPart[] = [];

/** Returns the place after the bracket that closes the one at `start`; `start` without one. */
function endOf(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length;) {
    STEP.lastIndex = at;
    const found = STEP.exec(text);
    if (found === null) return start;
    at = found.index + 1;
    if (found[0] === '"') {
      QUOTED.lastIndex = found.index;
      if (!QUOTED.test(text)) return start;
      at = QUOTED.lastIndex;
    } else depth += found[0] === '[' || found[0] === '{' ? 1 : -1;
    if (depth === 0) return at;
  }
  return start;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
