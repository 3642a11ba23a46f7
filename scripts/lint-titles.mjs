// Reports test titles that are no sentence of their own: node scripts/lint-titles.mjs [folder…]
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const MIN_WORDS = 3;

const folders = process.argv.length > 2 ? process.argv.slice(2) : ['test'];

for (const file of folders.flatMap(specsOf)) {
  const ast = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  for (const title of titlesIn(ast, ast)) {
    const problem = problemOf(title.getText(ast).slice(1, -1));
    if (problem === undefined) continue;
    const { line } = ast.getLineAndCharacterOfPosition(title.getStart(ast));
    console.error(`${file}:${line + 1}: the title ${problem}: ${title.getText(ast)}`);
    process.exitCode = 1;
  }
}

function specsOf(path) {
  if (path.endsWith('.ts')) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((it) => it.endsWith('.spec.ts'))
    .map((it) => join(path, it));
}

function titlesIn(node, ast) {
  const inside = [];
  ts.forEachChild(node, (it) => void inside.push(...titlesIn(it, ast)));
  return isTest(node, ast) ? [node.arguments[0], ...inside] : inside;
}

/** `it('…', …)` or `test.each(…)('…', …)`; a variable of a callback may be called `it` as well. */
function isTest(node, ast) {
  if (!ts.isCallExpression(node) || node.arguments.length < 2) return false;
  const isTitle =
    ts.isStringLiteralLike(node.arguments[0]) || ts.isTemplateExpression(node.arguments[0]);
  const isCall = /^(?:it|test)(?:\.(?:each|skipIf|runIf)\b.*)?$/s.test(
    node.expression.getText(ast),
  );
  return isTitle && isCall && !ts.isPropertyAccessExpression(node.expression);
}

function problemOf(title) {
  if (!/^[A-Z@/`%$\\]/.test(title)) return 'does not begin with a capital or a code token';
  if (title.split(/\s+/).length < MIN_WORDS) return `has fewer than ${MIN_WORDS} words`;
  return /\bshould\b/i.test(title) ? 'says "should"' : undefined;
}
