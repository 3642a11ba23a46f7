import { readFileSync } from 'node:fs';

// A class in a bundle of esbuild: `var Orders = class _Orders {`, `Orders = class Orders2 extends Base {`.
const CLASS = /^[ \t]*(?:(?:var|let|const) )?([\w$]+) = (?:[\w$]+ = )*class ([\w$]+)/gm;
const ALIAS = /^ {0,2}(?:var|let|const) ([\w$]+) = (_[\w$]+);/gm;
const TOP_LEVEL = /^ {0,2}(?:var|let|const|class|(?:async )?function\*?) ([\w$]+(?:, [\w$]+)*)/gm;
// esbuild writes the path of each module above it.
const MODULE_COMMENT = /^[ \t]*\/\/ \S.*\.[cm]?[jt]sx?$/m;
const KEEPS_NAMES = /^[ \t]*var __name = /m;

/** Class as the program declares it. */
export interface DeclaredClass {
  /** Variable to which the class is assigned. */
  readonly variable: string;
  /** True if another declaration of the program has the name without its number. */
  isRenamed(base: string): boolean;
}

/** Declarations of the file with which Node.js started, if it is a bundle of esbuild. */
export class EntryProgram {
  readonly #read: () => string;
  #index: Index | undefined;

  /** @param read - Reads the source code; the default reads the file that Node.js runs. */
  constructor(read: () => string = () => readFileSync(process.argv[1] ?? '', 'utf8')) {
    this.#read = read;
  }

  /** True if the bundler restores the names of classes. */
  get keepsNames(): boolean {
    return this.#indexed().keepsNames;
  }

  /** Returns the declaration of a class by the name in its source text; `undefined` where it is absent or ambiguous. */
  declarationOf(name: string): DeclaredClass | undefined {
    const { variables, declared } = this.#indexed();
    const variable = variables.get(name) ?? (declared.has(name) ? name : undefined);
    return variable === undefined ? undefined : { variable, isRenamed: (it) => declared.has(it) };
  }

  #indexed(): Index {
    return (this.#index ??= indexOf(this.#text()));
  }

  #text(): string {
    try {
      return this.#read();
    } catch {
      // A program without a file, such as the REPL.
      return '';
    }
  }
}

interface Index {
  readonly keepsNames: boolean;
  /** Variables by the name of their class; `undefined` where several modules assign one. */
  readonly variables: ReadonlyMap<string, string | undefined>;
  readonly declared: ReadonlySet<string>;
}

function indexOf(text: string): Index {
  const variables = new Map<string, string | undefined>();
  const declared = new Set<string>();
  if (!MODULE_COMMENT.test(text)) return { keepsNames: false, variables, declared };
  const aliases = new Map<string, string>();
  for (const [, alias = '', of = ''] of text.matchAll(ALIAS)) aliases.set(of, alias);
  for (const [, assigned = '', name = ''] of text.matchAll(CLASS)) {
    const variable = aliases.get(assigned) ?? assigned;
    const isAmbiguous = variables.has(name) && variables.get(name) !== variable;
    variables.set(name, isAmbiguous ? undefined : variable);
  }
  for (const [, names = ''] of text.matchAll(TOP_LEVEL))
    for (const name of names.split(', ')) declared.add(name);
  return { keepsNames: KEEPS_NAMES.test(text), variables, declared };
}
