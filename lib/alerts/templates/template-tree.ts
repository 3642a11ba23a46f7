import type { TemplateValue } from './template-value.js';

/** Operand of a command, with the fields that follow it. */
export type Operand =
  | { readonly kind: 'literal'; readonly value: TemplateValue }
  | { readonly kind: 'dot'; readonly path: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline; readonly path: readonly string[] };

/** A function and its arguments, or an operand alone. */
export type Command = readonly [Operand, ...(readonly Operand[])];

/** Commands; each hands its value to the next as the last argument. */
export interface Pipeline {
  /** Variables that take the value. */
  readonly variables: readonly string[];
  /** True if the variables are there already. */
  readonly isAssignment: boolean;
  readonly commands: readonly Command[];
}

/** Part of a template. */
export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | { readonly kind: 'template'; readonly name: string; readonly pipeline: Pipeline | undefined }
  | { readonly kind: 'break' | 'continue' }
  | BlockNode;

/** Part with a body. */
export interface BlockNode {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
}

/** Template that has been read. */
export interface TemplateTree {
  readonly nodes: readonly TemplateNode[];
  /** Templates of `define` and `block`, by name. */
  readonly defined: ReadonlyMap<string, readonly TemplateNode[]>;
}
