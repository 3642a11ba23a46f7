// The public API as the compiler sees it: entries, exports, and their comments.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { packageEntries } from '../package-entries.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Each entry with its header comment and its exports. */
export function publicApi() {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const files = packageEntries.map(({ source }) => `${root}${source}`);
  const program = ts.createProgram(files, { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  return packageEntries.map((entry) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(`${root}${entry.source}`));
    const symbols = module === undefined ? [] : checker.getExportsOfModule(module);
    return {
      ...entry,
      header: headerOf(readFileSync(`${root}${entry.source}`, 'utf8')),
      exports: symbols.map((it) => describe(checker, it)),
      checker,
    };
  });
}

function describe(checker, symbol) {
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  return {
    name: symbol.name,
    kind: kindOf(target),
    text: commentOf(checker, target),
    symbol: target,
  };
}

function kindOf({ flags }) {
  if (flags & ts.SymbolFlags.Class) return 'class';
  if (flags & ts.SymbolFlags.Function) return 'function';
  if (flags & ts.SymbolFlags.Variable) return 'value';
  return 'type';
}

/** The comment of a symbol as Markdown, without tags. */
export function commentOf(checker, symbol) {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  return text
    .replaceAll(/\{@link\s+([^}|\s]+)[^}]*\}/g, '`$1`')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** The text of a tag of a symbol; undefined without that tag. */
export function tagOf(checker, symbol, name) {
  const tag = symbol.getJsDocTags(checker).find((it) => it.name === name);
  if (tag === undefined) return undefined;
  const text = ts.displayPartsToString(tag.text);
  return text
    .replaceAll(/\{@link\s+([^}|\s]+)[^}]*\}/g, '`$1`')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** The first sentence of a text. */
export function firstSentence(text) {
  return /^.*?\.(?=\s|$)/.exec(text)?.[0] ?? text;
}

function headerOf(source) {
  const [, text = ''] = /^\/\*\*([^]*?)\*\//.exec(source) ?? [];
  const lines = text.split('\n').map((it) => it.replace(/^\s*\*? ?/, ''));
  return firstSentence(lines.join(' ').replaceAll(/\s+/g, ' ').trim());
}
