import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { packageEntries } from '../../scripts/package-entries.mjs';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The entries of the package, by the specifier that users import. */
const entries: Readonly<Record<string, string>> = Object.fromEntries(
  packageEntries.map(({ specifier, source }) => [specifier, `${ROOT}${source}`]),
);

/** Compiler options of the project, with the package's own name resolved to its source. */
export function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.json`, (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const paths = Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, [file]]));
  return { ...options, paths, noEmit: true };
}

/** Something that a user can name: an export, or a public member of one. */
export interface PublicDeclaration {
  readonly name: string;
  readonly comment: string;
  readonly tags: readonly ts.JSDocTagInfo[];
  readonly declaration: ts.Declaration;
}

/** Every export of the entries with its public members, and how they are documented. */
export function publicDeclarations(): PublicDeclaration[] {
  const program = ts.createProgram(Object.values(entries), compilerOptions());
  const checker = program.getTypeChecker();
  const found = Object.values(entries).flatMap((file) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile);
    return module === undefined ? [] : checker.getExportsOfModule(module);
  });
  return found.flatMap((it) => {
    const isAlias = (it.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(it) : it;
    const members = (symbol.declarations ?? []).flatMap((node) => publicMembers(node));
    return [
      describe(symbol, checker, symbol.name),
      ...members.flatMap((member) => {
        const own = checker.getSymbolAtLocation(member.name as ts.Node);
        return own === undefined ? [] : [describe(own, checker, `${symbol.name}.${own.name}`)];
      }),
    ];
  });
}

function describe(symbol: ts.Symbol, checker: ts.TypeChecker, name: string): PublicDeclaration {
  return {
    name,
    comment: ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim(),
    tags: symbol.getJsDocTags(checker),
    declaration: symbol.declarations?.[0] as ts.Declaration,
  };
}

/** Methods, accessors and properties that a user can reach; `#private`, `private` and `@internal` ones are not. */
function publicMembers(node: ts.Declaration): (ts.ClassElement | ts.TypeElement)[] {
  if (!ts.isClassDeclaration(node) && !ts.isInterfaceDeclaration(node)) return [];
  return [...node.members].filter((it) => {
    if (it.name === undefined || ts.isPrivateIdentifier(it.name)) return false;
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
    const isHidden = (ts.getCombinedModifierFlags(it) & hidden) !== 0;
    return !isHidden && !ts.getJSDocTags(it).some(({ tagName }) => tagName.text === 'internal');
  });
}
