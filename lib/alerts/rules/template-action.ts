import { compilePattern } from '../../query/pattern/pattern.js';
import { QueryError } from '../../query/query-error.js';
import {
  argumentCount,
  formatProblem,
  templateFunctions,
  type TemplateValue,
} from './template-functions.js';

/** Operand of a command. */
export type Operand =
  | { readonly literal: TemplateValue }
  | { readonly variable: 'value' | 'dot' | 'labels' }
  | { readonly label: string };

/** A function with its operands, or an operand alone. */
export interface TemplateCommand {
  readonly name: string | undefined;
  readonly operands: readonly Operand[];
}

/** Commands; each hands its value to the next as the last argument. */
export type Pipeline = readonly TemplateCommand[];

const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*")|`([^`]*)`|(-?\d+(?:\.\d+)?)|(\|)|([$.]?[\w.]+|\.))(?=$|[\s|])/y;
const LABEL = /^(?:\$labels|\.Labels)\.([a-zA-Z_]\w*)$/;
const EXTERNAL = /^(?:\$externalLabels|\.ExternalLabels)\.[a-zA-Z_]\w*$/;

const KNOWN =
  'use $labels, $labels.NAME, $value, humanize, humanize1024, humanizeDuration, humanizePercentage, printf, reReplaceAll, stripPort, title, toLower, toUpper, if and with';

/** Reads the pipeline of one action. */
export class ActionReader {
  readonly #text: string;
  readonly #hasDot: boolean;
  readonly #tokens: readonly string[];

  /** @param hasDot - True inside of a `with`, where `.` is its value. */
  constructor(text: string, hasDot: boolean) {
    this.#text = text;
    this.#hasDot = hasDot;
    this.#tokens = this.#split();
  }

  /** @throws SyntaxError for what is not supported. */
  pipeline(): Pipeline {
    const commands: string[][] = [[]];
    for (const token of this.#tokens) {
      if (token === '|') commands.push([]);
      else commands.at(-1)!.push(token);
    }
    return commands.map((words, i) => this.#command(words, i > 0));
  }

  #split(): string[] {
    const tokens: string[] = [];
    let at = 0;
    while (this.#text.slice(at).trim() !== '') {
      TOKEN.lastIndex = at;
      const found = TOKEN.exec(this.#text);
      if (found === null) throw this.#unknown(this.#text.slice(at).trim());
      const [whole, , raw] = found;
      tokens.push(raw === undefined ? whole.trim() : JSON.stringify(raw));
      at += whole.length;
    }
    return tokens;
  }

  #command([first, ...rest]: readonly string[], isPiped: boolean): TemplateCommand {
    if (first === undefined) throw this.#unknown(this.#text);
    if (!Object.hasOwn(templateFunctions, first)) {
      if (rest.length > 0 || isPiped) throw this.#unknown(first);
      return { name: undefined, operands: [this.#operand(first)] };
    }
    const operands = rest.map((it) => this.#operand(it));
    const format = operands[0] !== undefined && 'literal' in operands[0] ? operands[0].literal : '';
    const problem = first === 'printf' ? formatProblem(String(format)) : undefined;
    if (problem !== undefined) throw new SyntaxError(problem);
    if (first === 'reReplaceAll') assertPattern(String(format));
    const given = operands.length + (isPiped ? 1 : 0);
    const wanted = argumentCount(first, format);
    if (given !== wanted)
      throw new SyntaxError(`${first} has ${given} arguments in place of ${wanted}`);
    return { name: first, operands };
  }

  #operand(token: string): Operand {
    if (token.startsWith('"')) return { literal: this.#unquoted(token) };
    if (/^-?\d/.test(token)) return { literal: Number(token) };
    if (token === '$value' || token === '.Value') return { variable: 'value' };
    if (token === '.' && this.#hasDot) return { variable: 'dot' };
    if (token === '$labels' || token === '.Labels') return { variable: 'labels' };
    if (EXTERNAL.test(token)) return { literal: '' };
    if (token === '$externalLabels' || token === '.ExternalLabels') return { literal: 'map[]' };
    if (token === '$externalURL' || token === '.ExternalURL') return { literal: '' };
    const [, label] = LABEL.exec(token) ?? [];
    if (label === undefined) throw this.#unknown(token);
    return { label };
  }

  #unquoted(token: string): string {
    try {
      return String(JSON.parse(token));
    } catch {
      throw this.#unknown(token);
    }
  }

  #unknown(token: string): SyntaxError {
    return new SyntaxError(`${JSON.stringify(token)} is not supported: ${KNOWN}`);
  }
}

function assertPattern(pattern: string): void {
  try {
    compilePattern(pattern);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw new SyntaxError(`reReplaceAll has an invalid pattern: ${error.detail}`, { cause: error });
  }
}
