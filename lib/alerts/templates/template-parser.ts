import { PipelineParser } from './pipeline-parser.js';
import { templateTokens, type TemplateToken } from './template-lexer.js';
import type { BlockNode, Pipeline, TemplateNode, TemplateTree } from './template-tree.js';

/** Variables that Prometheus declares before each template. */
const DECLARED = ['$', '$labels', '$externalLabels', '$externalURL', '$value'];
const MAX_DEPTH = 100;

/** Reads a template. @throws SyntaxError */
export function templateTree(text: string): TemplateTree {
  return new TemplateParser(text).tree();
}

class TemplateParser {
  readonly #tokens: readonly TemplateToken[];
  readonly #defined = new Map<string, readonly TemplateNode[]>();
  readonly #called = new Set<string>();
  #variables = new Set(DECLARED);
  #next = 0;
  #depth = 0;
  #loops = 0;

  constructor(text: string) {
    this.#tokens = templateTokens(text);
  }

  tree(): TemplateTree {
    const nodes = this.#nodes();
    if (this.#next < this.#tokens.length) throw new SyntaxError('{{ end }} has no beginning');
    for (const it of this.#called)
      if (!this.#defined.has(it))
        throw new SyntaxError(`template ${JSON.stringify(it)} is not defined`);
    return { nodes, defined: this.#defined };
  }

  /** Reads up to `else`, `end` or the end of the text. */
  #nodes(): readonly TemplateNode[] {
    const nodes: TemplateNode[] = [];
    for (; this.#next < this.#tokens.length; this.#next++) {
      const token = this.#tokens[this.#next]!;
      if ('text' in token) nodes.push({ kind: 'text', text: token.text });
      else if (/^(?:else(?:\s[^]*)?|end)$/.test(token.action)) return nodes;
      else nodes.push(...this.#node(token.action));
    }
    return nodes;
  }

  #node(action: string): readonly TemplateNode[] {
    const [, word = '', rest = ''] = /^([a-z]+)(?:\s+([^]*))?$/.exec(action) ?? [];
    switch (word) {
      case 'if':
      case 'with':
      case 'range':
        return [this.#inScope(() => this.#block(word, rest))];
      case 'define':
      case 'block':
        return this.#definition(word, rest);
      case 'template':
        return [this.#call(rest)];
      case 'break':
      case 'continue':
        if (this.#loops === 0 || rest !== '') throw new SyntaxError(`${word} outside of range`);
        return [{ kind: word }];
      default:
        return [{ kind: 'action', pipeline: this.#pipeline(action) }];
    }
  }

  #block(kind: BlockNode['kind'], condition: string): BlockNode {
    const pipeline = this.#pipeline(condition, kind === 'range' ? 2 : 1);
    this.#next++;
    if (kind === 'range') this.#loops++;
    const body = this.#inScope(() => this.#nodes());
    if (kind === 'range') this.#loops--;
    const otherwise = this.#inScope(() => this.#otherwise());
    this.#assertEnd(kind);
    return { kind, pipeline, body, otherwise };
  }

  /** Reads what follows an `else`, or `else if` with a condition of its own; both have one `end`. */
  #otherwise(): readonly TemplateNode[] {
    const action = this.#action();
    if (action === 'else') {
      this.#next++;
      return this.#nodes();
    }
    const [, word, condition] = /^else\s+(if|with)\s+([^]+)$/.exec(action) ?? [];
    if (condition === undefined) return [];
    return [this.#block(word === 'with' ? 'with' : 'if', condition)];
  }

  #definition(word: 'define' | 'block', rest: string): readonly TemplateNode[] {
    const parser = new PipelineParser(rest, this.#variables);
    const name = parser.name();
    if (word === 'define' && !parser.isAtEnd) throw new SyntaxError('define has a name only');
    if (word === 'define' && this.#depth > 0) throw new SyntaxError('define is not at the top');
    const pipeline = word === 'block' ? parser.pipeline() : undefined;
    const [variables, loops] = [this.#variables, this.#loops];
    this.#variables = new Set(['$']);
    this.#loops = 0;
    this.#next++;
    const nodes = this.#inScope(() => this.#nodes());
    this.#assertEnd(word);
    this.#variables = variables;
    this.#loops = loops;
    if (this.#defined.has(name)) throw new SyntaxError(`template ${name} is defined twice`);
    this.#defined.set(name, nodes);
    return word === 'block' ? [{ kind: 'template', name, pipeline }] : [];
  }

  #call(rest: string): TemplateNode {
    const parser = new PipelineParser(rest, this.#variables);
    const name = parser.name();
    this.#called.add(name);
    return { kind: 'template', name, pipeline: parser.isAtEnd ? undefined : parser.pipeline() };
  }

  #pipeline(action: string, most = 1): Pipeline {
    return new PipelineParser(action, this.#variables).pipeline(most);
  }

  /** Forgets the variables of a block at its end. */
  #inScope<T>(read: () => T): T {
    const variables = this.#variables;
    this.#variables = new Set(variables);
    if (++this.#depth > MAX_DEPTH) throw new SyntaxError('blocks are nested too deeply');
    const result = read();
    this.#depth--;
    this.#variables = variables;
    return result;
  }

  #action(): string {
    const token = this.#tokens[this.#next];
    return token !== undefined && 'action' in token ? token.action : '';
  }

  #assertEnd(word: string): void {
    if (this.#action() !== 'end') throw new SyntaxError(`{{ ${word} }} has no {{ end }}`);
  }
}
