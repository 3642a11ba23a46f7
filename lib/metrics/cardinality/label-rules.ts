import { OTHER } from '../../kernel/label.js';

/**
 * Returns a function that maps a value to its bucket: `bucket_00` to `bucket_15` for 16 buckets. The mapping is stable
 * across processes and versions.
 */
function bucketNamer(buckets: number): (value: string) => string {
  const digits = String(buckets - 1).length;
  return (value) => `bucket_${String(stableHash(value) % buckets).padStart(digits, '0')}`;
}

/** FNV-1a over UTF-16 code units, with a final mix that makes the low bits depend on all input bits. */
function stableHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A group of label values that are recorded as one. */
export interface LabelGroup {
  /**
   * Pattern of the values, tested against at most 128 characters. `lastIndex` is neither used nor changed. The pattern
   * runs on every series lookup, so avoid expressions that backtrack.
   */
  readonly match: RegExp;
  /** Value that replaces the matching ones, 1 to 128 characters. */
  readonly as: string;
}

/**
 * Rule for the values of a label. `groups` is applied first, then `allow`. Any other value maps to a bucket when
 * `buckets` is set, to `__other__` when `allow` is set, and is otherwise unchanged. An empty value stays empty.
 */
export interface LabelRule {
  /** Values that are recorded unchanged. @defaultValue any */
  readonly allow?: readonly string[];
  /** Groups of values; the first matching group applies. @defaultValue none */
  readonly groups?: readonly LabelGroup[];
  /**
   * Number of buckets, 1 to 1000, named such as `bucket_07`. A value has the same bucket in every process.
   * @defaultValue none
   */
  readonly buckets?: number;
}

/** Label rules by label name. */
export type LabelRules = Readonly<Record<string, LabelRule>>;

/** Maps a truncated, well-formed label value to the recorded value. */
export type ValueRule = (value: string) => string;

/** Compiles a rule to a function. */
export function compileRule({ allow, groups = [], buckets }: LabelRule): ValueRule {
  const allowed = allow && new Set(allow);
  const patterns = groups.map(({ match, as }) => ({
    // A copy keeps `lastIndex` of the application's expression unchanged.
    match: new RegExp(match.source, match.flags),
    as,
  }));
  const rest = restRule(allowed !== undefined, buckets);
  return (value) => {
    // Rules do not apply to the overflow series.
    if (value === '' || value === OTHER) return value;
    for (const { match, as } of patterns) {
      // Expressions with the g or y flag resume at `lastIndex`.
      match.lastIndex = 0;
      if (match.test(value)) return as;
    }
    return allowed?.has(value) === true ? value : rest(value);
  };
}

function restRule(hasList: boolean, buckets: number | undefined): ValueRule {
  if (buckets !== undefined) return bucketNamer(buckets);
  return hasList ? () => OTHER : (value) => value;
}
