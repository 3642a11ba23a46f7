import { ActionReader, type Pipeline } from './template-action.js';
import { templateFunctions, type TemplateValue, valueText } from './template-functions.js';

/** Data of a template. */
export interface TemplateData {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A template that has been read. */
export interface Template {
  /** Returns the text for an alert. */
  render(data: TemplateData): string;
}

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | {
      readonly kind: 'with' | 'if';
      readonly pipeline: Pipeline;
      readonly body: readonly Part[];
      readonly otherwise: readonly Part[];
    };

interface Scope extends TemplateData {
  /** Value of `.`, in a `with`. */
  readonly dot: TemplateValue | undefined;
}

const ACTION = /\{\{(-\s)?\s*((?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^}"`]|\}(?!\}))*?)\s*(\s-)?\}\}/g;

/**
 * Reads a template in the part of Go's language that alerts use: `$labels`, `$value`, functions on texts and numbers,
 * `if` and `with`.
 *
 * @throws SyntaxError for anything else.
 */
export function parseTemplate(text: string): Template {
  if (!text.includes('{{')) return { render: () => text };
  const parser = new TemplateParser(text);
  const parts = parser.parts();
  parser.assertAtEnd();
  return { render: (data) => rendered(parts, { ...data, dot: undefined }) };
}

type Token = { readonly text: string } | { readonly action: string };

class TemplateParser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  assertAtEnd(): void {
    if (this.#next < this.#tokens.length) throw new SyntaxError('{{ end }} has no beginning');
  }

  /** Reads up to `else`, `end` or the end of the text. */
  parts(isInside = false): Part[] {
    const parts: Part[] = [];
    for (; this.#next < this.#tokens.length; this.#next++) {
      const token = this.#tokens[this.#next]!;
      if ('text' in token) parts.push({ kind: 'text', text: token.text });
      else if (/^(?:else(?:\s[^]*)?|end)$/.test(token.action)) return parts;
      else parts.push(this.#part(token.action, isInside));
    }
    return parts;
  }

  #part(action: string, isInside: boolean): Part {
    const [, word, condition] = /^(with|if)\s+([^]+)$/.exec(action) ?? [];
    if (condition === undefined)
      return { kind: 'action', pipeline: new ActionReader(action, isInside).pipeline() };
    const kind = word === 'with' ? 'with' : 'if';
    const pipeline = new ActionReader(condition, isInside).pipeline();
    const isWith = isInside || kind === 'with';
    this.#next++;
    const body = this.parts(isWith);
    const otherwise = this.#otherwise(isInside);
    if (!this.#isAt('end')) throw new SyntaxError(`{{ ${word} }} has no {{ end }}`);
    return { kind, pipeline, body, otherwise };
  }

  /** Reads what follows an `else`, or `else if` with a condition of its own; both have one `end`. */
  #otherwise(isInside: boolean): Part[] {
    if (this.#take('else')) return this.parts(isInside);
    const token = this.#tokens[this.#next];
    const action = token !== undefined && 'action' in token ? token.action : '';
    const [, condition] = /^else\s+((?:if|with)\s[^]+)$/.exec(action) ?? [];
    return condition === undefined ? [] : [this.#part(condition, isInside)];
  }

  #isAt(word: string): boolean {
    const token = this.#tokens[this.#next];
    return token !== undefined && 'action' in token && token.action === word;
  }

  #take(word: string): boolean {
    const isThere = this.#isAt(word);
    if (isThere) this.#next++;
    return isThere;
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trims = false;
  const addText = (part: string, trimsEnd: boolean) => {
    const start = trims ? part.trimStart() : part;
    const kept = trimsEnd ? start.trimEnd() : start;
    if (kept.includes('{{')) throw new SyntaxError('{{ has no }}');
    if (kept !== '') tokens.push({ text: kept });
  };
  for (const { 0: whole, 1: before, 2: action = '', 3: after, index } of text.matchAll(ACTION)) {
    addText(text.slice(at, index), before !== undefined);
    if (!action.startsWith('/*')) tokens.push({ action });
    trims = after !== undefined;
    at = index + whole.length;
  }
  addText(text.slice(at), false);
  return tokens;
}

function rendered(parts: readonly Part[], scope: Scope): string {
  return parts.map((it) => partText(it, scope)).join('');
}

function partText(part: Part, scope: Scope): string {
  if (part.kind === 'text') return part.text;
  const value = valueOf(part.pipeline, scope);
  if (part.kind === 'action') return valueText(value);
  if (value === '' || value === 0) return rendered(part.otherwise, scope);
  return rendered(part.body, part.kind === 'with' ? { ...scope, dot: value } : scope);
}

function valueOf(pipeline: Pipeline, scope: Scope): TemplateValue {
  let value: TemplateValue | undefined;
  for (const { name, operands } of pipeline) {
    const args = operands.map((it): TemplateValue => {
      if ('literal' in it) return it.literal;
      if ('label' in it) return scope.labels[it.label] ?? '';
      if (it.variable === 'labels') return labelsText(scope.labels);
      return it.variable === 'value' ? scope.value : (scope.dot ?? '');
    });
    if (value !== undefined) args.push(value);
    value = name === undefined ? args[0]! : templateFunctions[name]!(...args);
  }
  return value ?? '';
}

/** Returns labels as Go prints a map. */
function labelsText(labels: Readonly<Record<string, string>>): string {
  const names = Object.keys(labels).toSorted();
  return `map[${names.map((it) => `${it}:${labels[it]}`).join(' ')}]`;
}
