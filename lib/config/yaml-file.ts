import type { Alias, Document, LineCounter, Node, Pair, Scalar, YAMLMap } from 'yaml';
import { ConfigurationError, type ConfigurationProblem } from '../kernel/configuration-error.js';
import { ifMissing } from '../kernel/peers/optional-peer.js';
import type { OptionRule } from '../options/description.js';
import type { OptionPath, OptionSource } from '../options/option-path.js';
import type { Environment } from '../options/standard-variables.js';
import { substitute } from './substitution.format.js';

/** Content of a YAML file, with the places of its values. */
export interface YamlFile {
  /** Plain value; an empty value counts as omitted. */
  readonly value: unknown;
  readonly source: OptionSource;
}

type Yaml = typeof import('yaml');

const MAX_NODES = 20_000;
const MAX_DEPTH = 50;

/**
 * Reads YAML 1.2 with its core schema, and substitutes environment variables.
 *
 * @param file - Name for places.
 * @throws ConfigurationError `OBS_CONFIG_FILE` for text that is no YAML; `OBS_PEER_MISSING` without the package `yaml`.
 */
export async function readYaml(
  text: string,
  { file, env }: { readonly file: string; readonly env: Environment },
): Promise<YamlFile> {
  const yaml = await loadYaml(file);
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
    schema: 'core',
  });
  const place = (offset: number) => placeText(file, lines, offset);
  const faults = [...document.errors, ...document.warnings].map(({ pos, code, message }) => ({
    at: place(pos[0]),
    subject: 'YAML',
    value: code,
    // The rest of a message quotes the text, which may contain a secret.
    rule: message.split(/["'`:\n]/, 1)[0]?.trim() || 'is not valid',
    remedy: 'Correct the text at this place.',
  }));
  if (faults.length > 0) throw new ConfigurationError('OBS_CONFIG_FILE', ...faults);
  return new YamlReading({ yaml, document, env, place }).read();
}

async function loadYaml(file: string): Promise<Yaml> {
  try {
    return await import('yaml');
  } catch (error) {
    ifMissing(error, 'yaml');
  }
  throw new ConfigurationError('OBS_PEER_MISSING', {
    subject: 'yaml',
    value: file,
    rule: 'is required to read a configuration file',
    remedy: 'Install it: npm install yaml',
  });
}

interface YamlReadingDeps {
  readonly yaml: Yaml;
  readonly document: Document.Parsed;
  readonly env: Environment;
  readonly place: (offset: number) => string;
}

class YamlReading implements OptionSource {
  readonly #deps: YamlReadingDeps;
  readonly #problems: ConfigurationProblem[] = [];
  readonly #variables = new Map<unknown, readonly string[]>();
  #nodes = 0;

  constructor(deps: YamlReadingDeps) {
    this.#deps = deps;
  }

  read(): YamlFile {
    const value = this.#valueOf(this.#deps.document.contents) ?? {};
    if (this.#problems.length > 0)
      throw new ConfigurationError('OBS_CONFIG_FILE', ...this.#problems);
    return { value, source: this };
  }

  /** {@inheritDoc OptionSource.placeOf} */
  placeOf(path: OptionPath, part: 'name' | 'value'): string | undefined {
    const { name, value } = this.#find(path);
    const node = (part === 'value' ? value : undefined) ?? name ?? this.#deps.document.contents;
    return this.#placeOf(node);
  }

  /** {@inheritDoc OptionSource.variableOf} */
  variableOf(path: OptionPath): string | undefined {
    const { value, isFound } = this.#find(path);
    const names = isFound ? new Set(this.#namesIn(value)) : [];
    return [...names].join(', ') || undefined;
  }

  #placeOf(node: unknown): string | undefined {
    const range = (node as Node | null)?.range;
    return range ? this.#deps.place(range[0]) : undefined;
  }

  /** Finds a value and its name, or those of the nearest option around it. */
  #find(path: OptionPath): { readonly name?: unknown; readonly value?: unknown; isFound: boolean } {
    let found: { readonly name?: unknown; readonly value?: unknown } = {
      value: this.#deps.document.contents,
    };
    for (const step of path) {
      const next = this.#childOf(found.value, step);
      if (next === undefined) return { ...found, isFound: false };
      found = next;
    }
    return { ...found, isFound: true };
  }

  #childOf(
    parent: unknown,
    step: string | number,
  ): { name?: unknown; value?: unknown } | undefined {
    const node = this.#resolved(parent);
    const { isMap, isSeq } = this.#deps.yaml;
    if (isSeq(node)) {
      const value = typeof step === 'number' ? node.items[step] : undefined;
      return value === undefined ? undefined : { name: value, value };
    }
    const pair = isMap(node) ? node.items.find((it) => nameOf(it) === String(step)) : undefined;
    return pair && { name: pair.key, value: pair.value ?? pair.key };
  }

  #resolved(node: unknown): unknown {
    const { yaml, document } = this.#deps;
    return yaml.isAlias(node) ? (node as Alias).resolve(document) : node;
  }

  *#namesIn(node: unknown): Generator<string> {
    const { isMap, isSeq } = this.#deps.yaml;
    const resolved = this.#resolved(node);
    yield* this.#variables.get(resolved) ?? [];
    if (isSeq(resolved)) for (const it of resolved.items) yield* this.#namesIn(it);
    if (isMap(resolved)) for (const it of resolved.items) yield* this.#namesIn(it.value);
  }

  #valueOf(node: unknown, depth = 0): unknown {
    const { isAlias, isMap, isSeq, isScalar } = this.#deps.yaml;
    const resolved = this.#resolved(node);
    if (isAlias(node) && resolved === undefined) {
      this.#refuse(node, { value: `*${node.source}`, ...noAnchor });
    }
    // Aliases of aliases multiply, and one may name what it is in.
    if (++this.#nodes > MAX_NODES || depth > MAX_DEPTH) {
      this.#refuse(node, { value: 'an alias', ...tooMany });
      throw new ConfigurationError('OBS_CONFIG_FILE', ...this.#problems);
    }
    if (isMap(resolved)) return this.#object(resolved, depth + 1);
    if (isSeq(resolved)) return resolved.items.map((it) => this.#valueOf(it, depth + 1) ?? null);
    if (isScalar(resolved)) return this.#scalar(resolved);
    return undefined;
  }

  #object(map: YAMLMap, depth: number): unknown {
    return Object.fromEntries(map.items.map((it) => [nameOf(it), this.#valueOf(it.value, depth)]));
  }

  #scalar(scalar: Scalar): unknown {
    const { value, source = value, type } = scalar;
    if (typeof source !== 'string' || !source.includes('$')) return value ?? undefined;
    const { text, variables, invalid } = substitute(source, this.#deps.env);
    for (const it of invalid) {
      // What follows a colon may be a secret.
      const value = it.replace(/:.*/, ':…}');
      this.#refuse(scalar, { value, ...noReference });
    }
    if (variables.length > 0) this.#variables.set(scalar, variables);
    return type === 'PLAIN' ? this.#typed(text) : text;
  }

  /** Returns the value that a plain text has by the core schema. */
  #typed(text: string): unknown {
    const { schema } = this.#deps.document;
    for (const tag of schema.tags) {
      if (tag.collection || tag.default !== true || !tag.test?.test(text)) continue;
      const resolved = tag.resolve(text, () => undefined, schema as never);
      const value: unknown = this.#deps.yaml.isScalar(resolved) ? resolved.value : resolved;
      return value ?? undefined;
    }
    return text;
  }

  #refuse(node: unknown, problem: Pick<ConfigurationProblem, 'value' | 'rule' | 'remedy'>): void {
    const at = this.#placeOf(node);
    this.#problems.push({ subject: 'YAML', ...problem, ...(at !== undefined && { at }) });
  }
}

const noReference: OptionRule = {
  rule: 'must be a reference such as ${NAME}, ${env:NAME} or ${NAME:-default}',
  remedy: 'Correct it, or write $$ for a dollar sign.',
};
const noAnchor: OptionRule = {
  rule: 'must name an anchor before it',
  remedy: 'Define the anchor with &, or quote the text.',
};
const tooMany: OptionRule = {
  rule: `must lead to at most ${MAX_NODES} values and ${MAX_DEPTH} levels`,
  remedy: 'Use fewer aliases.',
};

function nameOf({ key }: Pair): string {
  const name = (key as Partial<Scalar> | null)?.value ?? key;
  return String(name);
}

function placeText(file: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${line}:${col}`;
}
