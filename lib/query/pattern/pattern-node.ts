import type { CharSet } from './char-set.js';

/** Condition on a position: start or end of the text or of a line, word boundary or none. */
export type Assertion = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'boundary' | 'inside';

/** Node of a parsed regular expression. */
export type PatternNode =
  | { readonly kind: 'empty' }
  /** Characters that stand for themselves, at least one. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'char'; readonly set: CharSet }
  | { readonly kind: 'assert'; readonly assertion: Assertion }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'group'; readonly index: number; readonly body: PatternNode }
  | {
      readonly kind: 'repeat';
      readonly body: PatternNode;
      readonly min: number;
      /** `Infinity` without an upper limit. */
      readonly max: number;
      readonly isGreedy: boolean;
    };

/** Parsed regular expression. */
export interface ParsedPattern {
  /** Root of the tree. */
  readonly root: PatternNode;
  /** Number of capturing groups. */
  readonly groupCount: number;
  /** Indices of the named groups; the first group has index 1. */
  readonly groupNames: ReadonlyMap<string, number>;
}

/** Returns true for a node that matches the empty text. */
export function isNullable(node: PatternNode): boolean {
  switch (node.kind) {
    case 'empty':
    case 'assert':
      return true;
    case 'char':
    case 'text':
      return false;
    case 'sequence':
      return node.parts.every(isNullable);
    case 'choice':
      return node.options.some(isNullable);
    case 'group':
      return isNullable(node.body);
    case 'repeat':
      return node.min === 0 || isNullable(node.body);
  }
}
