import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { packageEntries } from '../../scripts/package-entries.mjs';
import { ROOT } from './public-declarations.js';

const MAX_MAIN_EXPORTS = 70;

const { exports, typesVersions } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  exports: Record<string, unknown>;
  typesVersions: Record<string, Record<string, string[]>>;
};

/** Names that an entry exports, in the order of its file. */
function exportsOf(source: string): string[] {
  const ast = ts.createSourceFile(
    source,
    readFileSync(`${ROOT}${source}`, 'utf8'),
    ts.ScriptTarget.Latest,
  );
  return ast.statements.flatMap((it) =>
    ts.isExportDeclaration(it) && it.exportClause && ts.isNamedExports(it.exportClause)
      ? it.exportClause.elements.map(({ name }) => name.text)
      : [],
  );
}

describe('the entries of the package', () => {
  it('The entries of the package have the same declarations for compilers that read typesVersions', () => {
    const derived = packageEntries
      .filter(({ name }) => name !== 'index')
      .map(({ name, types }) => [name, [types]]);
    expect(typesVersions['*']).toEqual(Object.fromEntries(derived));
  });

  it('The entries of the package are all the exports but package.json', () => {
    expect(Object.keys(exports)).toHaveLength(packageEntries.length + 1);
  });

  it('The entries of the package export each name once: a type has one place to import it from', () => {
    const names = packageEntries.flatMap(({ source }) => exportsOf(source));
    const twice = names.filter((it, i) => names.indexOf(it) !== i);
    expect(names.length).toBeGreaterThan(100);
    expect(twice).toEqual([]);
  });

  it(`The entries of the package leave at most ${MAX_MAIN_EXPORTS} names to the main entry`, () => {
    const [main] = packageEntries.filter(({ name }) => name === 'index');
    expect(exportsOf(main?.source ?? '').length).toBeLessThanOrEqual(MAX_MAIN_EXPORTS);
  });

  it('The entries of the package leave names of what is not ours, or has an entry of its own, out of the main one', () => {
    const [main] = packageEntries.filter(({ name }) => name === 'index');
    const foreign = /^(?:Knex|MikroOrm|PgPool|MysqlPool|Counter|Gauge|Histogram)$/;
    expect(exportsOf(main?.source ?? '').filter((it) => foreign.test(it))).toEqual([]);
  });
});
