import { readFileSync } from 'node:fs';
import ts from 'typescript';

const source = sourceOf('module/options/observability-options.ts');
// Declared in the kernel.
const INHERITED: Readonly<Record<string, readonly string[]>> = {
  ErrorRules: ['rejections', 'criticalErrors', 'errorCategory'],
};

function sourceOf(path: string): ts.SourceFile {
  const file = new URL(`../../../lib/${path}`, import.meta.url);
  return ts.createSourceFile(path, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
}

/**
 * The names that an interface of the options declares or inherits.
 *
 * @param path - The file in `lib` that declares it. @defaultValue that of the module's options
 */
export function interfaceMembers(name: string, path?: string): string[] {
  const declaring = path === undefined ? source : sourceOf(path);
  const found = declaring.statements.find(
    (it): it is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(it) && it.name.text === name,
  );
  if (found === undefined) throw new Error(`there is no interface ${name}`);
  const bases = (found.heritageClauses ?? []).flatMap(({ types }) =>
    types.flatMap((it) => INHERITED[it.expression.getText(declaring)] ?? []),
  );
  return [...bases, ...found.members.map((it) => it.name?.getText(declaring) ?? '')];
}
