import { readFileSync } from 'node:fs';
import ts from 'typescript';

const file = new URL('../../../lib/module/observability-options.ts', import.meta.url);
const source = ts.createSourceFile(
  'observability-options.ts',
  readFileSync(file, 'utf8'),
  ts.ScriptTarget.Latest,
);
// Declared in the kernel.
const INHERITED: Readonly<Record<string, readonly string[]>> = {
  ErrorRules: ['rejections', 'criticalErrors', 'errorCategory'],
};

/** The names that an interface of the options declares or inherits. */
export function interfaceMembers(name: string): string[] {
  const found = source.statements.find(
    (it): it is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(it) && it.name.text === name,
  );
  if (found === undefined) throw new Error(`there is no interface ${name}`);
  const bases = (found.heritageClauses ?? []).flatMap(({ types }) =>
    types.flatMap((it) => INHERITED[it.expression.getText(source)] ?? []),
  );
  return [...bases, ...found.members.map((it) => it.name?.getText(source) ?? '')];
}
