import type { LineRedactor } from '../redaction/line-redactor.js';
import { CAUSE_LIMIT, errorMembers, isError, readSafely, UNREADABLE } from './error-members.js';
import { isPlainText, jsonText } from './json-text.format.js';
import { jsonWithin, Walk } from './json-walk.js';
import { type KnownName, KnownNames } from './known-names.js';
import { DEFAULT_LIMITS, type LineLimits } from './line-limits.js';
import { viewOf } from './object-view.js';
import { isFlatPairs, readAt, ValuePairs } from './value-pairs.js';

/** JSON in a text of JSON, and so on. */
const NESTED_TEXTS = 6;
/** Characters beyond the limit of a text in which a secret may end. */
const LONGEST_SECRET = 1_024;

/**
 * Writes any value as JSON without secrets. It never throws, never changes the value, and calls `toJSON` and getters of
 * the application under guard.
 */
export class SafeJson {
  readonly redactor: LineRedactor;
  readonly #limits: Required<LineLimits>;
  readonly #censored: string;
  readonly #pairs: ValuePairs;
  readonly #names: KnownNames;

  constructor(redactor: LineRedactor, limits: LineLimits = {}) {
    this.redactor = redactor;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#censored = jsonText(redactor.censor);
    this.#names = new KnownNames(redactor, (name) => this.text(name));
    this.#pairs = new ValuePairs((name) => redactor.isSecretName(name));
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
      return this.#clean(text, new Walk(this.#limits));
    } catch {
      return UNREADABLE;
    }
  }

  /** Returns any value as a message: objects as JSON, because their own text could hold secrets without their names. */
  message(value: unknown): string {
    try {
      if (typeof value !== 'object' || value === null) return this.text(String(value));
      if (isError(value)) return this.text(String(readSafely(value, 'message')));
      const json: unknown = JSON.parse(this.fields(value));
      return typeof json === 'string' ? json : JSON.stringify(json);
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
        return this.#string(String(value), walk);
      case 'function':
        return this.#string(`[Function ${nameOf(value)}]`, walk);
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
    const limit = Math.min(names.length, walk.keys);
    let json = '';
    for (let i = 0; i < limit; i++) {
      const name = names[i] as string;
      const known = this.#names.of(name);
      const isSecret = known.isPairValue && this.#pairs.isSecretMember(value, { name, names });
      const text = isSecret ? this.#censored : this.#named(known, value, walk);
      if (text !== undefined) json += json === '' ? known.key + text : `,${known.key}${text}`;
    }
    return `{${json}${rest(names.length - limit, json)}}`;
  }

  #members(members: readonly (readonly [string, unknown])[], walk: Walk): string {
    const limit = Math.min(members.length, walk.keys);
    const isPair = members.some(([name, it]) => this.#pairs.namesSecret(name, it));
    const parts: string[] = [];
    for (const [name, member] of members.slice(0, limit)) {
      const known = this.#names.of(name);
      const isSecret = isPair && known.isPairValue;
      const text = isSecret ? this.#censored : this.#value(known, member, walk);
      if (text !== undefined) parts.push(known.key + text);
    }
    const json = parts.join(',');
    return `{${json}${rest(members.length - limit, json)}}`;
  }

  #named(known: KnownName, value: object, walk: Walk): string | undefined {
    let member: unknown;
    try {
      member = (value as Record<string, unknown>)[known.name];
    } catch {
      return `"${UNREADABLE}"`;
    }
    return this.#value(known, member, walk);
  }

  #value({ name, isSecret }: KnownName, member: unknown, walk: Walk): string | undefined {
    if (member === undefined) return undefined;
    if (isSecret && !this.redactor.isHarmless(name, member)) return this.#censored;
    if (!this.redactor.paths.isUsed) return this.#write(member, walk);
    walk.trail.push(name);
    try {
      return this.redactor.paths.has(walk.trail) ? this.#censored : this.#write(member, walk);
    } finally {
      walk.trail.pop();
    }
  }

  #array(items: readonly unknown[], walk: Walk): string {
    const limit = Math.min(items.length, walk.keys);
    const isFlat = isFlatPairs(items);
    const parts: string[] = [];
    for (let i = 0; i < limit; i++) {
      const text = this.#pairs.isSecretElement(items, { i, isFlat })
        ? this.#censored
        : this.#value(this.#names.element(i), readAt(items, i), walk);
      parts.push(text ?? 'null');
    }
    if (items.length > limit) parts.push(`"[${items.length - limit} more]"`);
    return `[${parts.join(',')}]`;
  }

  #string(text: string, walk: Walk): string {
    const { stringLength } = this.#limits;
    if (text.length <= stringLength && isPlainText(text) && !this.redactor.mayChange(text))
      return `"${text}"`;
    return jsonText(this.#clean(text, walk));
  }

  #clean(text: string, walk: Walk): string {
    return this.#json(text, walk) ?? this.#redacted(text);
  }

  /** Returns a text whose JSON has no secrets; `undefined` where there is nothing to change. */
  #json(text: string, walk: Walk): string | undefined {
    const parts = jsonWithin(text);
    if (parts.length === 0) return undefined;
    if (walk.nesting >= NESTED_TEXTS) return '[Truncated]';
    let clean = '';
    let done = 0;
    for (const { start, end, parsed } of parts) {
      const after = this.#write(parsed, Walk.within(walk)) ?? '';
      if (!after.includes(this.redactor.censor) || after === JSON.stringify(parsed)) continue;
      clean += `${this.#redacted(text.slice(done, start))}${after}`;
      done = end;
    }
    return done === 0 ? undefined : this.#cut(`${clean}${this.#redacted(text.slice(done))}`);
  }

  /** A secret that begins before the cut is seen as a whole. */
  #redacted(text: string): string {
    const { stringLength } = this.#limits;
    const seen = stringLength + LONGEST_SECRET;
    if (text.length <= seen) return this.#cut(this.redactor.text(text));
    const clean = this.redactor.text(text.slice(0, seen));
    return `${clean.slice(0, Math.max(0, clean.length - LONGEST_SECRET))}[Truncated]`;
  }

  #cut(text: string): string {
    const { stringLength } = this.#limits;
    return text.length <= stringLength ? text : `${text.slice(0, stringLength)}[Truncated]`;
  }
}

function nameOf(value: unknown): string {
  const name = readSafely(value as object, 'name');
  return typeof name === 'string' && name !== '' ? name : 'anonymous';
}

function rest(count: number, json: string): string {
  return count <= 0 ? '' : `${json === '' ? '' : ','}"[${count} more]":true`;
}
