import type { LabelMatcher } from '../label-matcher.js';
import type { FunctionSignature, ValueType } from './functions.js';

/** Place of a node in the query: indices of its first code unit and of the one after its last. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** Fixed time of a selector: Unix time in milliseconds, or an end of the query's time range. */
export type FixedTime = number | 'start' | 'end';

/** Number. */
interface NumberLiteral extends Place {
  readonly kind: 'number';
  readonly value: number;
}

/** String. */
interface StringLiteral extends Place {
  readonly kind: 'string';
  readonly value: string;
}

/** Instant vector selector. */
export interface VectorSelector extends Place {
  readonly kind: 'selector';
  readonly matchers: readonly LabelMatcher[];
  readonly offsetMs: number;
  readonly at: FixedTime | undefined;
}

/** Range vector selector. */
export interface MatrixSelector extends Place {
  readonly kind: 'range';
  readonly selector: VectorSelector;
  readonly rangeMs: number;
}

/** Subquery. */
export interface Subquery extends Place {
  readonly kind: 'subquery';
  readonly body: Expression;
  readonly rangeMs: number;
  /** `undefined` for the default resolution. */
  readonly stepMs: number | undefined;
  readonly offsetMs: number;
  readonly at: FixedTime | undefined;
}

/** Function call. */
export interface Call extends Place {
  readonly kind: 'call';
  readonly signature: FunctionSignature;
  readonly args: readonly Expression[];
}

/** Aggregation. */
export interface Aggregation extends Place {
  readonly kind: 'aggregation';
  readonly operator: string;
  readonly grouping: readonly string[];
  readonly isWithout: boolean;
  readonly parameter: Expression | undefined;
  readonly body: Expression;
}

/** Rule by which a binary operation finds pairs of series. */
export interface VectorMatching {
  readonly labels: readonly string[];
  /** `true` compares the labels, `false` all others. */
  readonly isOn: boolean;
  /** Side that may have several series in a group. */
  readonly many: 'none' | 'left' | 'right';
  /** Labels that are taken from the other side. */
  readonly include: readonly string[];
}

/** Binary operation. */
export interface Binary extends Place {
  readonly kind: 'binary';
  readonly operator: string;
  readonly left: Expression;
  readonly right: Expression;
  readonly matching: VectorMatching;
  readonly returnsBool: boolean;
  /** Index of the operator in the query. */
  readonly operatorAt: number;
}

/** Unary operation. */
export interface Unary extends Place {
  readonly kind: 'unary';
  readonly operator: string;
  readonly body: Expression;
}

/** Expression in parentheses. */
interface Parentheses extends Place {
  readonly kind: 'parentheses';
  readonly body: Expression;
}

/** Node of a parsed query. */
export type Expression =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
  | Binary
  | Unary
  | Parentheses;

/** Returns the type of an expression's value. */
export function typeOf(it: Expression): ValueType {
  switch (it.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'range':
    case 'subquery':
      return 'matrix';
    case 'call':
      return it.signature.returns;
    case 'binary':
      return typeOf(it.left) === 'scalar' && typeOf(it.right) === 'scalar' ? 'scalar' : 'vector';
    case 'unary':
    case 'parentheses':
      return typeOf(it.body);
    default:
      return 'vector';
  }
}

/** Returns an expression without the parentheses around it. */
export function unwrap(it: Expression): Expression {
  return it.kind === 'parentheses' ? unwrap(it.body) : it;
}

/** Returns the operands and arguments of an expression. */
export function childrenOf(it: Expression): readonly Expression[] {
  switch (it.kind) {
    case 'call':
      return it.args;
    case 'binary':
      return [it.left, it.right];
    case 'aggregation':
      return it.parameter === undefined ? [it.body] : [it.parameter, it.body];
    case 'range':
      return [it.selector];
    case 'subquery':
    case 'unary':
    case 'parentheses':
      return [it.body];
    default:
      return [];
  }
}
