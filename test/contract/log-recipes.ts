import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const FOLDER = new URL('../../deploy/logging/', import.meta.url);

/** Members that a recipe adds to a line itself. */
const ADDED = ['service'];

/** Patterns of the places where a recipe names a member of a line. Each has one group: the path. */
const REFERENCES: Readonly<Record<string, readonly RegExp[]>> = {
  'rsyslog.conf': [/\$!([\w!]+)/g],
  'fluent-bit.yaml': [/time_key: (\w+)/g, /=\$([\w[\]']+)/g],
  'fluentd.conf': [/^\s+time_key (\w+)/gm],
  'vector.yaml': [/\{\{ ([\w.]+) \}\}/g, /parse_timestamp!\(\.(\w+)/g],
  'config.alloy': [/^\s{6}\w+\s*= "([\w.]+)",/gm, /source = "(\w+)"/g],
  'collector.yaml': [/attributes\.([\w.?]+)/g],
};

/** Names of the recipes. */
export function recipeNames(): string[] {
  return readdirSync(FOLDER)
    .filter((it) => it !== 'README.md')
    .toSorted();
}

/** Text of a recipe. */
export function recipeText(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}

/** A recipe in YAML. */
export function recipeYaml(name: string): unknown {
  return parse(recipeText(name));
}

/** Paths of the members of a line that a recipe reads. */
export function recipeFields(name: string): string[][] {
  const text = recipeText(name);
  const found = (REFERENCES[name] ?? []).flatMap((it) => [...text.matchAll(it)]);
  const paths = found.map(([, path]) =>
    (path as string).replaceAll("']", '').split(/\?\.|\['|[.!]/),
  );
  return paths.filter(([first]) => !ADDED.includes(first as string));
}

/** Returns the regular expression of a time format of `strptime`. */
export function timePattern(format: string): RegExp {
  const digits: Readonly<Record<string, string>> = {
    '%Y': '\\d{4}',
    '%L': '\\d{3}',
    '%z': '(?:Z|[+-]\\d{2}:?\\d{2})',
  };
  const source = format
    .replaceAll('.', '\\.')
    .replaceAll(/%\w/g, (directive) => digits[directive] ?? '\\d{2}');
  return new RegExp(`^${source}$`);
}

/** Time formats that a recipe reads lines with. */
export function timeFormats(name: string): string[] {
  const found = recipeText(name).matchAll(/(?:time_format|layout:) '?(%Y\S+?)'?$/gm);
  return [...found].map(([, format]) => format as string);
}
