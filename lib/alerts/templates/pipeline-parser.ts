import { unquote } from '../../query/language/literals.js';
import { callProblem, isFunction, knownFunctions } from './functions.js';
import { actionWords } from './template-lexer.js';
import type { Command, Operand, Pipeline } from './template-tree.js';

/** Names of variables that an action can use. */
export interface KnownVariables {
  has(name: string): boolean;
  add(name: string): void;
}

const NUMBER = /^[+-]?\.?\d/;

/** Reads pipelines out of the words of an action. */
export class PipelineParser {
  readonly #words: readonly string[];
  readonly #variables: KnownVariables;
  #next = 0;

  constructor(action: string, variables: KnownVariables) {
    this.#words = actionWords(action);
    this.#variables = variables;
  }

  /** Reads the text in quotes with which an action begins. */
  name(): string {
    const word = this.#take() ?? '';
    if (!/^["`]/.test(word)) throw new SyntaxError('a template has a name in quotes');
    return textOf(word);
  }

  /** Returns true at the end of the action. */
  get isAtEnd(): boolean {
    return this.#next === this.#words.length;
  }

  /**
   * Reads the whole rest of the action.
   *
   * @param most - Number of variables that it may declare.
   */
  pipeline(most = 1): Pipeline {
    const { variables, isAssignment } = this.#declared(most);
    const commands = this.#commands();
    if (!this.isAtEnd) throw new SyntaxError(`unexpected ${this.#words[this.#next]}`);
    for (const it of variables) {
      if (isAssignment && !this.#variables.has(it)) throw undefinedVariable(it);
      this.#variables.add(it);
    }
    return { variables, isAssignment, commands };
  }

  /** Reads `$a :=`, `$a =` and, with two variables, `$a, $b :=`. */
  #declared(most: number): Pick<Pipeline, 'variables' | 'isAssignment'> {
    const [first = '', second, third = '', fourth] = this.#words.slice(this.#next);
    const isPair = most > 1 && second === ',';
    const sign = isPair ? fourth : second;
    const variables = isPair ? [first, third] : [first];
    if ((sign !== ':=' && sign !== '=') || !variables.every((it) => /^\$\w+$/.test(it)))
      return { variables: [], isAssignment: false };
    this.#next += isPair ? 4 : 2;
    return { variables, isAssignment: sign === '=' };
  }

  #commands(): readonly Command[] {
    const commands = [this.#command(false)];
    while (this.#words[this.#next] === '|') {
      this.#next++;
      commands.push(this.#command(true));
    }
    return commands;
  }

  #command(isPiped: boolean): Command {
    const operands: Operand[] = [];
    for (;;) {
      const word = this.#words[this.#next];
      if (word === undefined || word === '|' || word.startsWith(')')) break;
      operands.push(this.#operand());
    }
    const [first, ...rest] = operands;
    if (first === undefined) throw new SyntaxError('a value is missing');
    if (first.kind === 'function') {
      const problem = callProblem(first.name, rest, isPiped);
      if (problem !== undefined) throw new SyntaxError(problem);
    } else if (first.kind === 'literal' && first.value === undefined) {
      throw new SyntaxError('nil is not a command');
    } else if (rest.length > 0 || isPiped) {
      throw new SyntaxError("can't give an argument to what is no function");
    }
    return [first, ...rest];
  }

  #operand(): Operand {
    const word = this.#take()!;
    if (/^["`]/.test(word)) return { kind: 'literal', value: textOf(word) };
    if (NUMBER.test(word)) return { kind: 'literal', value: numberOf(word) };
    if (word === '(') return this.#inParentheses();
    if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' };
    if (word === 'nil') return { kind: 'literal', value: undefined };
    const [name = '', ...path] = word.split('.');
    if (word.startsWith('.')) return { kind: 'dot', path: word === '.' ? [] : path };
    if (word.startsWith('$')) {
      if (!this.#variables.has(name)) throw undefinedVariable(name);
      return { kind: 'variable', name, path };
    }
    if (isFunction(word)) return { kind: 'function', name: word };
    throw new SyntaxError(`${JSON.stringify(word)} is not supported: use ${knownFunctions}`);
  }

  #inParentheses(): Operand {
    const commands = this.#commands();
    const end = this.#take();
    if (end === undefined || !end.startsWith(')')) throw new SyntaxError('( has no )');
    const pipeline = { variables: [], isAssignment: false, commands };
    return { kind: 'pipeline', pipeline, path: end.split('.').slice(1) };
  }

  #take(): string | undefined {
    return this.#words[this.#next++];
  }
}

function undefinedVariable(name: string): SyntaxError {
  return new SyntaxError(`undefined variable ${JSON.stringify(name)}`);
}

/** Go has whole numbers where there is neither a point nor an exponent. */
function numberOf(word: string): number | bigint {
  return /[.e]/i.test(word) ? Number(word) : BigInt(word.replace('+', ''));
}

function textOf(word: string): string {
  return unquote(word, (problem) => {
    throw new SyntaxError(problem);
  });
}
