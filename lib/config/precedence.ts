import { isGroup } from '../options/hostile-values.js';
import type { OptionPath } from '../options/option-path.js';

type Options = Readonly<Record<string, unknown>>;

/** Values of code and file as one. */
export interface Merged {
  readonly options: Options;
  /** Options of the file that the code sets as well. */
  readonly shadowed: readonly OptionPath[];
}

/** Merges options: those of the code take precedence, in groups of options member by member. */
export function merge(file: Options, code: Options, path: OptionPath = []): Merged {
  const options: Record<string, unknown> = { ...file };
  const shadowed: OptionPath[] = [];
  for (const [name, own] of Object.entries(code)) {
    if (own === undefined) continue;
    const other = Object.hasOwn(file, name) ? file[name] : undefined;
    const at = [...path, name];
    if (isPlain(own) && isPlain(other)) {
      const inner = merge(other, own, at);
      options[name] = inner.options;
      shadowed.push(...inner.shadowed);
      continue;
    }
    if (other !== undefined) shadowed.push(at);
    options[name] = own;
  }
  return { options, shadowed };
}

function isPlain(value: unknown): value is Options {
  if (!isGroup(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Values of code and file in one list: a value of the file whose name the code uses is left out. */
export function join<T extends { readonly name: string }>(
  file: readonly T[],
  code: readonly T[],
): { readonly values: readonly T[]; readonly left: readonly string[] } {
  const names = new Set(code.map(({ name }) => name));
  const values = [...code, ...file.filter(({ name }) => !names.has(name))];
  return { values, left: file.filter(({ name }) => names.has(name)).map(({ name }) => name) };
}
