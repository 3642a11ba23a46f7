import { OTHER } from '../../kernel/label.js';

/** Names the bucket of a value: `bucket_00` to `bucket_15` for 16 of them, the same in every process and version. */
function bucketNamer(buckets: number): (value: string) => string {
  const digits = String(buckets - 1).length;
  return (value) => `bucket_${String(stableHash(value) % buckets).padStart(digits, '0')}`;
}

/** FNV-1a over UTF-16 code units, with a last mixing so that the low bits depend on all of them. */
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

/** A family of label values that share one. */
export interface LabelGroup {
  /**
   * What the values match. Its state (`lastIndex`) is neither used nor changed. It sees 128 characters at most; one that
   * is slow even for them is as slow for every look-up of a series.
   */
  readonly match: RegExp;
  /** The value that stands for all of them, 1 to 128 characters. */
  readonly as: string;
}

/**
 * Which values a label can have. `groups` comes first, then `allow`; what neither knows goes to a bucket when there are
 * `buckets`, to `__other__` when there is a list, and stays as it is otherwise. An empty value stays empty.
 */
export interface LabelRule {
  /** Values that stay as they are. @defaultValue any */
  readonly allow?: readonly string[];
  /** The first one that matches names the value. @defaultValue none */
  readonly groups?: readonly LabelGroup[];
  /** Number of buckets, 1 to 1000, as in `bucket_07`; a value has the same one in every process. @defaultValue none */
  readonly buckets?: number;
}

/** Rules by label name. */
export type LabelRules = Readonly<Record<string, LabelRule>>;

/** From a label value, cut and well-formed, to the one that it is recorded with. */
export type ValueRule = (value: string) => string;

/** Makes a rule ready for use. */
export function compileRule({ allow, groups = [], buckets }: LabelRule): ValueRule {
  const allowed = allow && new Set(allow);
  const patterns = groups.map(({ match, as }) => ({
    // A copy: whoever else uses the expression may be in the middle of a text.
    match: new RegExp(match.source, match.flags),
    as,
  }));
  const rest = restRule(allowed !== undefined, buckets);
  return (value) => {
    // The series that takes what exceeds a limit is none of the rule's business.
    if (value === '' || value === OTHER) return value;
    for (const { match, as } of patterns) {
      // Expressions with the flags g and y go on where they ended.
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
