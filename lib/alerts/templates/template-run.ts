import { callFunction } from './functions.js';
import { TemplateScope } from './template-scope.js';
import type {
  BlockNode,
  Command,
  Operand,
  Pipeline,
  TemplateNode,
  TemplateTree,
} from './template-tree.js';
import {
  detailOf,
  fieldOf,
  isTrue,
  TemplateError,
  TemplateList,
  type TemplateValue,
  typeName,
  valueText,
} from './template-value.js';

/** Evaluation that yields queries, and goes on with their samples. */
export type Asking<T> = Generator<string, T, TemplateList>;

/** End of a turn of a loop. */
type Jump = 'break' | 'continue' | undefined;

const MAX_STEPS = 20_000;
const MAX_DEPTH = 100;
const MAX_TEXT = 65_536;

/** One evaluation of a template, with bounded work and text. */
export class TemplateRun {
  readonly #tree: TemplateTree;
  #text = '';
  #steps = 0;
  #depth = 0;

  constructor(tree: TemplateTree) {
    this.#tree = tree;
  }

  /** @throws TemplateError, QueryError */
  *text(scope: TemplateScope): Asking<string> {
    yield* this.#nodes(this.#tree.nodes, scope);
    return this.#text;
  }

  *#nodes(nodes: readonly TemplateNode[], scope: TemplateScope): Asking<Jump> {
    for (const it of nodes) {
      this.#countStep();
      const jump = yield* this.#node(it, scope);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  *#node(node: TemplateNode, scope: TemplateScope): Asking<Jump> {
    switch (node.kind) {
      case 'text':
        return this.#write(node.text);
      case 'action': {
        const value = yield* this.#assigned(node.pipeline, scope);
        if (node.pipeline.variables.length > 0) return undefined;
        return this.#write(value === undefined ? '<no value>' : valueText(value));
      }
      case 'template':
        return yield* this.#call(node, scope);
      case 'break':
      case 'continue':
        return node.kind;
      case 'range':
        return yield* this.#range(node, scope.inside());
      default:
        return yield* this.#branch(node, scope.inside());
    }
  }

  *#branch({ kind, pipeline, body, otherwise }: BlockNode, scope: TemplateScope): Asking<Jump> {
    const value = yield* this.#assigned(pipeline, scope);
    if (!isTrue(value)) return yield* this.#nodes(otherwise, scope.inside());
    return yield* this.#nodes(body, kind === 'with' ? scope.inside(value) : scope.inside());
  }

  *#range({ pipeline, body, otherwise }: BlockNode, scope: TemplateScope): Asking<Jump> {
    const entries = entriesOf(yield* this.#value(pipeline, scope));
    for (const [key, item] of entries) {
      this.#countStep();
      const inner = scope.inside(item);
      const values = pipeline.variables.length > 1 ? [key, item] : [item];
      for (const [i, name] of pipeline.variables.entries())
        inner.set(name, values[i], pipeline.isAssignment);
      if ((yield* this.#nodes(body, inner)) === 'break') break;
    }
    if (entries.length === 0) return yield* this.#nodes(otherwise, scope.inside());
    return undefined;
  }

  *#call(
    { name, pipeline }: Extract<TemplateNode, { kind: 'template' }>,
    scope: TemplateScope,
  ): Asking<Jump> {
    const dot = pipeline && (yield* this.#assigned(pipeline, scope));
    if (++this.#depth > MAX_DEPTH) throw new TemplateError('exceeded maximum template depth');
    yield* this.#nodes(this.#tree.defined.get(name)!, new TemplateScope(dot));
    this.#depth--;
    return undefined;
  }

  *#assigned(pipeline: Pipeline, scope: TemplateScope): Asking<TemplateValue> {
    const value = yield* this.#value(pipeline, scope);
    for (const it of pipeline.variables) scope.set(it, value, pipeline.isAssignment);
    return value;
  }

  *#value({ commands }: Pipeline, scope: TemplateScope): Asking<TemplateValue> {
    let piped: readonly TemplateValue[] = [];
    for (const it of commands) piped = [yield* this.#command(it, piped, scope)];
    return piped[0];
  }

  *#command(
    [first, ...rest]: Command,
    piped: readonly TemplateValue[],
    scope: TemplateScope,
  ): Asking<TemplateValue> {
    this.#countStep();
    if (first.kind !== 'function') return yield* this.#operand(first, scope);
    const { name } = first;
    const args: TemplateValue[] = [];
    for (const it of rest) {
      const value = yield* this.#operand(it, scope);
      if ((name === 'and' && !isTrue(value)) || (name === 'or' && isTrue(value))) return value;
      args.push(value);
    }
    const value = called(name, [...args, ...piped]);
    return name === 'query' ? yield String(value) : value;
  }

  *#operand(operand: Operand, scope: TemplateScope): Asking<TemplateValue> {
    switch (operand.kind) {
      case 'literal':
        return operand.value;
      case 'function':
        return yield* this.#command([operand], [], scope);
      case 'dot':
        return operand.path.reduce(fieldOf, scope.dot);
      case 'variable':
        return operand.path.reduce(fieldOf, scope.get(operand.name));
      case 'pipeline':
        return operand.path.reduce(fieldOf, yield* this.#value(operand.pipeline, scope));
    }
  }

  #write(text: string): undefined {
    this.#text += text;
    assertShort(this.#text);
  }

  #countStep(): void {
    if (++this.#steps > MAX_STEPS) throw new TemplateError(`more than ${MAX_STEPS} steps`);
  }
}

/** Values grow with each turn of a loop that joins them: all are bounded. */
function assertShort(value: TemplateValue): void {
  if (typeof value === 'string' && value.length > MAX_TEXT)
    throw new TemplateError(`a text has more than ${MAX_TEXT} characters`);
}

function called(name: string, args: readonly TemplateValue[]): TemplateValue {
  try {
    const value = callFunction(name, args);
    assertShort(value);
    return value;
  } catch (error) {
    throw new TemplateError(`error calling ${name}: ${detailOf(error)}`, { cause: error });
  }
}

function entriesOf(value: TemplateValue): readonly (readonly [TemplateValue, TemplateValue])[] {
  if (value === undefined) return [];
  if (value instanceof Map) return [...(value as ReadonlyMap<string, string>)];
  if (value instanceof TemplateList) return value.items.map((it, i) => [BigInt(i), it] as const);
  throw new TemplateError(`range can't iterate over ${valueText(value)} of ${typeName(value)}`);
}
