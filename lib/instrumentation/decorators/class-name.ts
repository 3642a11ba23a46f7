import type { ConfigurationProblem } from '../../kernel/configuration-error.js';
import { EntryProgram } from './entry-program.js';

/** Class whose name is read. */
export type NamedClass = abstract new (...args: never[]) => unknown;

/** Name of a class in the source code, as far as the program reveals it. */
export interface ClassName {
  readonly name: string;
  /** Reason for which a tool made the name and the source code's is unknown. */
  readonly madeBy?: string;
  /** Name without a number that a bundler may have added. */
  readonly base?: string;
}

// Nest's mixin() replaces the name of a class at every start.
const RANDOM = /^[0-9a-f]{21}$/;
const MIXIN =
  'mixin() gives the class another name at every start, and the source code gives it none';
const MINIFIER = 'a minifier made the name';
const BUNDLER = 'a bundler numbered the name, or named a class that has none';

// esbuild: `_Orders` for a class that refers to itself. Rollup: `Orders$1` for a name that two modules have.
const SELF_REFERENCE = /^_+(?=[A-Z])/;
const COLLISION = /\$\d+$/;
const NUMBERED = /^(.*[^\d])(?:[2-9]|[1-9]\d+)$/;
const DEFAULT_EXPORT = /_default\d*$/;

const entryProgram = new EntryProgram();

/** Returns the name of a class; `anonymous` for a class that has none. */
export function classNameOf(named: NamedClass, program: EntryProgram = entryProgram): ClassName {
  const given: unknown = named.name;
  // A class may have a static member of this name.
  if (typeof given !== 'string' || given === '') return { name: 'anonymous' };
  const text = Function.prototype.toString.call(named);
  const declared = /^class\s+(?!extends\b)([\w$]+)/.exec(text)?.[1];
  const name = RANDOM.test(given) ? declared : given;
  if (name === undefined) return { name: given, madeBy: MIXIN };
  if (isMinified(name, text)) return { name, madeBy: MINIFIER };
  if (declared === undefined && DEFAULT_EXPORT.test(name)) return { name, madeBy: BUNDLER };
  return numberedName(name, program);
}

/** Returns the problem of a handler or saga that a tool named. */
export function namingProblem(subject: string, { name, madeBy }: ClassName): ConfigurationProblem {
  return {
    subject,
    value: name,
    rule: `${madeBy}, so it is not the name in the source code`,
    remedy:
      madeBy === MIXIN
        ? 'Pass a name to the decorator, or name the class: mixin(class Orders { … }).'
        : 'Pass a name to the decorator, or let the bundler keep names (keepNames of esbuild, keep_classnames of terser).',
  };
}

/** Minifiers write no space before the body of a class, and give it one of the shortest names that are left. */
function isMinified(name: string, text: string): boolean {
  if (!/^class(?:\{|\b[^{]*[^\s{]\{)/.test(text)) return false;
  return /^(?:[\w$]{1,2}|[a-z_$][\w$]{2})$/.test(name);
}

function numberedName(name: string, program: EntryProgram): ClassName {
  const own = sourceName(name);
  if (!NUMBERED.test(own) || program.keepsNames) return { name: own };
  const declaration = program.declarationOf(name);
  if (declaration === undefined) return { name: own, ...baseOf(own) };
  const variable = sourceName(declaration.variable);
  const { base } = baseOf(variable);
  const isRenamed = base !== undefined && declaration.isRenamed(base);
  return isRenamed ? { name: variable, madeBy: BUNDLER } : { name: variable };
}

function sourceName(name: string): string {
  return name.replace(SELF_REFERENCE, '').replace(COLLISION, '');
}

function baseOf(name: string): { readonly base?: string } {
  const base = NUMBERED.exec(name)?.[1];
  return base === undefined ? {} : { base };
}
