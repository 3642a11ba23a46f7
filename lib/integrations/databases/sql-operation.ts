/** Operation that the label `operation` shows for everything that is not in its list. */
export const OTHER_OPERATION = 'other';

const OWN_VERBS =
  'select insert update delete merge call execute copy fetch create alter drop truncate explain set show lock ' +
  'begin commit rollback savepoint release';

// Verbs of statements by their first word.
const VERBS: ReadonlyMap<string, string> = new Map([
  ...OWN_VERBS.split(' ').map((it): [string, string] => [it, it]),
  ['values', 'select'],
  ['table', 'select'],
  ['replace', 'insert'],
  ['upsert', 'insert'],
  ['do', 'call'],
  ['exec', 'execute'],
  ['start', 'begin'],
  ['end', 'commit'],
  ['abort', 'rollback'],
]);

// Verbs that may follow the definitions of WITH.
const AFTER_WITH: ReadonlySet<string> = new Set(
  'select insert update delete merge values table replace'.split(' '),
);

// A statement is read up to here; generated ones may be megabytes long.
const READ_LIMIT = 8_192;

/**
 * Returns the operation of an SQL statement from a closed list. It reads the first word, behind comments and parentheses;
 * of a statement that begins with `WITH`, the verb behind the definitions.
 */
export function sqlOperation(statement: unknown): string {
  if (typeof statement !== 'string') return OTHER_OPERATION;
  const scan = new Scan(statement);
  const first = scan.firstWord();
  if (first !== 'with') return VERBS.get(first) ?? OTHER_OPERATION;
  return VERBS.get(scan.verbAfterDefinitions()) ?? OTHER_OPERATION;
}

/** Reads the words of a statement. */
class Scan {
  readonly #text: string;
  readonly #end: number;
  #at = 0;

  constructor(text: string) {
    this.#text = text.slice(0, READ_LIMIT);
    this.#end = this.#text.length;
  }

  firstWord(): string {
    while (this.#at < this.#end && (this.#skipComment() || this.#isIn(' \t\r\n\f(;'))) continue;
    return this.#word();
  }

  /** A verb follows a closing parenthesis; a definition that is named like one follows a comma. */
  verbAfterDefinitions(): string {
    let depth = 0;
    let isClosed = false;
    while (this.#at < this.#end) {
      if (this.#skipComment() || this.#isIn(' \t\r\n\f')) continue;
      const character = this.#text[this.#at] as string;
      if (character === "'" || character === '"' || character === '`') this.#skipQuoted(character);
      else if (character === '(' || character === ')') {
        depth += character === '(' ? 1 : -1;
        this.#at++;
      } else {
        const word = this.#word();
        if (isClosed && AFTER_WITH.has(word)) return word;
        if (word === '') this.#at++;
      }
      isClosed = depth === 0 && character === ')';
    }
    return '';
  }

  #isIn(characters: string): boolean {
    const isSo = characters.includes(this.#text[this.#at] as string);
    if (isSo) this.#at++;
    return isSo;
  }

  #word(): string {
    const from = this.#at;
    while (this.#at < this.#end && isWordCharacter(this.#text.charCodeAt(this.#at))) this.#at++;
    // Longer words are no verbs.
    return this.#at - from > 12 ? 'longer' : this.#text.slice(from, this.#at).toLowerCase();
  }

  #skipQuoted(quote: string): void {
    const end = this.#text.indexOf(quote, this.#at + 1);
    this.#at = end < 0 ? this.#end : end + 1;
  }

  #skipComment(): boolean {
    const isLine = this.#text.startsWith('--', this.#at);
    if (!isLine && !this.#text.startsWith('/*', this.#at)) return false;
    const end = this.#text.indexOf(isLine ? '\n' : '*/', this.#at + 2);
    this.#at = end < 0 ? this.#end : end + (isLine ? 1 : 2);
    return true;
  }
}

function isWordCharacter(code: number): boolean {
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return isLetter || code === 95 || (code >= 48 && code <= 57) || code === 36;
}
