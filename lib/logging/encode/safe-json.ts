import type { LineRedactor } from '../redaction/line-redactor.js';
import { CAUSE_LIMIT, errorMembers, isError, readSafely, UNREADABLE } from './error-members.js';
import { jsonText } from './json-text.format.js';
import { jsonWithin, Walk } from './json-walk.js';
import { DEFAULT_LIMITS, type LineLimits } from './line-limits.js';
import { viewOf } from './object-view.js';

const KEY_CACHE = 2_000;
const LONGEST_CACHED_KEY = 64;
/** JSON in a text of JSON, and so on. */
const NESTED_TEXTS = 6;

const PAIR_NAMES = ['name', 'key', 'header', 'field', 'parameter'] as const;
const PAIR_VALUES: ReadonlySet<string> = new Set(['value', 'values', 'val']);

/**
 * Writes any value as JSON without secrets. It never throws, never changes the value, and calls `toJSON` and getters of
 * the application under guard.
 */
export class SafeJson {
  readonly #redactor: LineRedactor;
  readonly #limits: Required<LineLimits>;
  readonly #censored: string;
  readonly #keys = new Map<string, string>();

  constructor(redactor: LineRedactor, limits: LineLimits = {}) {
    this.#redactor = redactor;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#censored = jsonText(redactor.censor);
  }

  /** Returns the fields of a line as a JSON object; names from `fixed` are the library's own and safe. */
  fields(fields: unknown): string {
    try {
      return this.#write(fields, new Walk(this.#limits)) ?? '{}';
    } catch {
      return '{}';
    }
  }

  /** Returns text without secrets, cut to its limit. */
  text(text: string): string {
    try {
      return this.#clean(text);
    } catch {
      return UNREADABLE;
    }
  }

  /** JSON of a value; `undefined` for one that is left out. */
  #write(value: unknown, walk: Walk): string | undefined {
    switch (typeof value) {
      case 'string':
        return this.#string(value, walk);
      case 'number':
        return Number.isFinite(value) ? String(value) : `"${value}"`;
      case 'boolean':
        return value ? 'true' : 'false';
      case 'undefined':
        return undefined;
      case 'bigint':
        return `"${value}"`;
      case 'symbol':
        return jsonText(this.#clean(String(value)));
      case 'function':
        return jsonText(this.#clean(`[Function ${nameOf(value)}]`));
      default:
        return value === null ? 'null' : this.#guarded(value as object, walk);
    }
  }

  #guarded(value: object, walk: Walk): string {
    if (walk.around.includes(value)) return '"[Circular]"';
    if (walk.around.length >= walk.depth + (walk.isError ? CAUSE_LIMIT : 0)) return '"[Truncated]"';
    walk.around.push(value);
    try {
      return this.#object(value, walk);
    } catch {
      return `"${UNREADABLE}"`;
    } finally {
      walk.around.pop();
    }
  }

  #object(value: object, walk: Walk): string {
    if (Array.isArray(value)) return this.#array(value, walk);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype && !('toJSON' in value)) return this.#plain(value, walk);
    if (isError(value)) return this.#error(value, walk);
    const view = viewOf(value);
    switch (view.kind) {
      case 'text':
        return this.#string(view.text, walk);
      case 'list':
        return this.#array(view.items, walk);
      case 'members':
        return this.#members(view.members, walk);
      case 'json':
        return this.#write(view.json, walk) ?? 'null';
      default:
        return this.#plain(value, walk);
    }
  }

  #error(error: Error, walk: Walk): string {
    const wasError = walk.isError;
    walk.isError = true;
    try {
      return this.#members(errorMembers(error, this.#limits.stackLines), walk);
    } finally {
      walk.isError = wasError;
    }
  }

  #plain(value: object, walk: Walk): string {
    const names = Object.keys(value);
    const pairSecret = this.#namesSecret(value, names);
    const limit = Math.min(names.length, walk.keys);
    let json = '';
    for (let i = 0; i < limit; i++) {
      const name = names[i] as string;
      const isSecret = pairSecret && PAIR_VALUES.has(name);
      const text = isSecret ? this.#censored : this.#member(value, name, walk);
      if (text !== undefined) json += `${json === '' ? '' : ','}${this.#key(name)}:${text}`;
    }
    return `{${json}${rest(names.length - limit, json)}}`;
  }

  #member(value: object, name: string, walk: Walk): string | undefined {
    let member: unknown;
    try {
      member = (value as Record<string, unknown>)[name];
    } catch {
      return `"${UNREADABLE}"`;
    }
    return this.#named(name, member, walk);
  }

  #members(members: readonly (readonly [string, unknown])[], walk: Walk): string {
    const limit = Math.min(members.length, walk.keys);
    const parts: string[] = [];
    for (const [name, member] of members.slice(0, limit)) {
      const text = this.#named(name, member, walk);
      if (text !== undefined) parts.push(`${this.#key(name)}:${text}`);
    }
    const json = parts.join(',');
    return `{${json}${rest(members.length - limit, json)}}`;
  }

  #named(name: string, member: unknown, walk: Walk): string | undefined {
    if (member === undefined) return undefined;
    if (this.#redactor.isSecretName(name) && !this.#redactor.isHarmless(name, member))
      return this.#censored;
    if (!this.#redactor.paths.isUsed) return this.#write(member, walk);
    walk.trail.push(name);
    try {
      return this.#redactor.paths.has(walk.trail) ? this.#censored : this.#write(member, walk);
    } finally {
      walk.trail.pop();
    }
  }

  #array(items: readonly unknown[], walk: Walk): string {
    const limit = Math.min(items.length, walk.keys);
    const isFlat = isFlatPairs(items);
    const parts: string[] = [];
    for (let i = 0; i < limit; i++) {
      const isSecret = isFlat && i % 2 === 1 && this.#redactor.isSecretName(items[i - 1] as string);
      parts.push(
        isSecret ? this.#censored : (this.#named(String(i), readAt(items, i), walk) ?? 'null'),
      );
    }
    if (items.length > limit) parts.push(`"[${items.length - limit} more]"`);
    return `[${parts.join(',')}]`;
  }

  #string(text: string, walk: Walk): string {
    return jsonText(this.#json(text, walk) ?? this.#clean(text));
  }

  /** Returns a text whose JSON has no secrets; `undefined` where there is nothing to change. */
  #json(text: string, walk: Walk): string | undefined {
    const found = jsonWithin(text);
    if (found === undefined) return undefined;
    if (walk.nesting >= NESTED_TEXTS) return '[Truncated]';
    const { start, end, parsed } = found;
    const after = this.#write(parsed, Walk.within(walk)) ?? '';
    if (!after.includes(this.#redactor.censor) || after === JSON.stringify(parsed))
      return undefined;
    return this.#cut(`${this.#clean(text.slice(0, start))}${after}${this.#clean(text.slice(end))}`);
  }

  #clean(text: string): string {
    return this.#redactor.text(this.#cut(text));
  }

  #cut(text: string): string {
    const { stringLength } = this.#limits;
    return text.length <= stringLength ? text : `${text.slice(0, stringLength)}[Truncated]`;
  }

  #key(name: string): string {
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const key = jsonText(this.#clean(name));
    if (this.#keys.size < KEY_CACHE && name.length <= LONGEST_CACHED_KEY) this.#keys.set(name, key);
    return key;
  }

  /** Pairs of a name and a value, as in the headers of HTTP archives. */
  #namesSecret(value: object, names: readonly string[]): boolean {
    if (names.length > 8) return false;
    return PAIR_NAMES.some((it) => {
      if (!names.includes(it)) return false;
      const name = readSafely(value, it);
      return typeof name === 'string' && this.#redactor.isSecretName(name);
    });
  }
}

function nameOf(value: unknown): string {
  const name = readSafely(value as object, 'name');
  return typeof name === 'string' && name !== '' ? name : 'anonymous';
}

function rest(count: number, json: string): string {
  return count <= 0 ? '' : `${json === '' ? '' : ','}"[${count} more]":true`;
}

function readAt(items: readonly unknown[], index: number): unknown {
  try {
    return items[index] ?? null;
  } catch {
    return UNREADABLE;
  }
}

/** Header lists of Node.js: names and values take turns. */
function isFlatPairs(items: readonly unknown[]): boolean {
  if (items.length < 2 || items.length % 2 !== 0) return false;
  for (let i = 0; i < items.length; i += 2) if (typeof items[i] !== 'string') return false;
  return true;
}
