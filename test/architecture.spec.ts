import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { packageEntries } from '../scripts/package-entries.mjs';
import { type Room, roomOf, rooms } from '../scripts/rooms.mjs';

const LIB = fileURLToPath(new URL('../lib/', import.meta.url));
const MAX_FILE_LINES = 250;
const MEDIAN_FILE_LINES = 90;
const MAX_FUNCTION_LINES = 40;
const MAX_FOLDER_FILES = 16;

/** The entries of the package: the only files that may only pass on what others declare. */
const ENTRIES = packageEntries.map(({ source }) => source.slice('lib/'.length));

interface Import {
  readonly target: string;
  /** Path below lib for a file of ours. */
  readonly file: string | undefined;
  readonly isTypeOnly: boolean;
}

interface SourceFile {
  readonly path: string;
  readonly ast: ts.SourceFile;
  readonly imports: readonly Import[];
}

const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
  .filter((it) => it.endsWith('.ts'))
  .map((it) => read(it.replaceAll('\\', '/')));

function read(path: string): SourceFile {
  const text = readFileSync(join(LIB, path), 'utf8');
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const visit = (node: ts.Node): void => {
    const target = specifierOf(node);
    const isTypeOnly = ts.isImportDeclaration(node) && node.importClause?.isTypeOnly === true;
    if (target !== undefined) imports.push({ target, file: ownFile(path, target), isTypeOnly });
    ts.forEachChild(node, visit);
  };
  visit(ast);
  return { path, ast, imports };
}

/** Static and dynamic imports, exports from elsewhere, and `import('x')` as a type. */
function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    const { moduleSpecifier: specifier } = node;
    return specifier && ts.isStringLiteral(specifier) ? specifier.text : undefined;
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return (node.argument.literal as ts.StringLiteral).text;
  }
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) {
    return undefined;
  }
  const [argument] = node.arguments;
  return argument && ts.isStringLiteral(argument) ? argument.text : undefined;
}

function ownFile(from: string, target: string): string | undefined {
  if (!target.startsWith('.')) return undefined;
  return join(dirname(from), target).replace(/\.js$/, '.ts');
}

/** An entry may pass on what other rooms declare. */
const ENTRY: Room = { room: '', purpose: '', rooms: '*', packages: ['reflect-metadata'] };
const CONTROLLER_PACKAGES = ['@nestjs/common'];

function rowOf({ path }: SourceFile): Room {
  if (ENTRIES.includes(path)) return ENTRY;
  const row = rooms.find(({ room }) => room === roomOf(path));
  if (row === undefined) throw new Error(`no row of scripts/rooms.mjs has ${path}`);
  const isController = /^exporters\/.*\.controller\.ts$/.test(path);
  if (!isController || row.packages === '*') return row;
  return { ...row, packages: [...row.packages, ...CONTROLLER_PACKAGES] };
}

const allows = (allowed: readonly string[] | '*', name: string) =>
  allowed === '*' ||
  allowed.includes(name) ||
  allowed.some((it) => it.endsWith('/*') && name.startsWith(it.slice(0, -1)));

const isBuiltin = (name: string) =>
  name.startsWith('node:') || builtinModules.includes(name.split('/')[0] ?? '');

function forbiddenImports(file: SourceFile): string[] {
  const row = rowOf(file);
  return file.imports
    .filter(({ target, file: own }) => {
      if (own === undefined) return !isBuiltin(target) && !allows(row.packages, target);
      return roomOf(own) !== roomOf(file.path) && !allows(row.rooms, roomOf(own));
    })
    .map(({ target }) => target);
}

const IMPURE = /^(?:Date|performance|process|fetch|set(?:Timeout|Interval|Immediate))$/;

/**
 * Why a file's functions are more than functions of their arguments: what they import from packages and Node, the clock,
 * chance, I/O and state, also through the files of ours that they import. Types are gone at run time.
 */
function impurities({ path, ast, imports }: SourceFile, seen: ReadonlySet<string>): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isVariable = ts.isVariableStatement(node) && node.parent === ast;
    if (isVariable && (node.declarationList.flags & ts.NodeFlags.Const) === 0) found.push('let');
    if (ts.isIdentifier(node) && IMPURE.test(node.text)) found.push(node.text);
    if (ts.isPropertyAccessExpression(node) && node.getText(ast) === 'Math.random') {
      found.push('Math.random');
    }
    ts.forEachChild(node, visit);
  };
  visit(ast);
  const values = imports.filter(({ isTypeOnly }) => !isTypeOnly);
  const inherited = values.flatMap(({ target, file: name }) => {
    const file = files.find((it) => it.path === name);
    if (file === undefined) return [target];
    return seen.has(file.path) ? [] : impurities(file, new Set([...seen, path]));
  });
  return [...found.map((it) => `${path}: ${it}`), ...inherited];
}

/** A cycle among the files, types included, as the path that closes it. */
function findCycle(): string[] | undefined {
  const done = new Set<string>();
  const byPath = new Map(files.map((it) => [it.path, it]));
  const walk = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const { file } of byPath.get(path)?.imports ?? []) {
      const cycle = file && walk(file, [...trail, path]);
      if (cycle) return cycle;
    }
    done.add(path);
    return undefined;
  };
  return files.map(({ path }) => walk(path, [])).find((it) => it !== undefined);
}

function lineCount(node: ts.Node, { ast }: SourceFile): number {
  const lineOf = (at: number) => ast.getLineAndCharacterOfPosition(at).line;
  return lineOf(node.getEnd()) - lineOf(node.getStart(ast)) + 1;
}

function longFunctions(file: SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && lineCount(node, file) > MAX_FUNCTION_LINES) {
      found.push(`${file.path}: ${node.name?.getText(file.ast) ?? 'a function'}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file.ast);
  return found;
}

function positionalParameters(file: SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    // Nest hands in the dependencies of a class one by one.
    const isInjected =
      ts.isConstructorDeclaration(node) &&
      node.parameters.every((it) => (ts.getDecorators(it) ?? []).length > 0);
    if (ts.isFunctionLike(node) && node.parameters.length > 3 && !isInjected) {
      found.push(`${file.path}: ${node.name?.getText(file.ast) ?? 'a function'}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file.ast);
  return found;
}

const WITH_MORE_PARAMETERS = [
  // The trap of a proxy hands in three of them, and an object for each call would cost more than it says.
  'instrumentation/calls/transparent-proxy.ts: isForwarded',
  // The constructor of a request that is being answered: likewise.
  'http/open-request.ts: a function',
  // The signature is that of OpenTelemetry's SDK, which calls it.
  'tracing/samplers/sampler.ts: shouldSample',
  // The constructor of the span of a call: an object for each call would cost more than it says.
  'tracing/span/call-span.ts: a function',
];

const pathsOf = (found: readonly SourceFile[]) => found.map(({ path }) => path);

describe('imports', () => {
  it('The table of rooms has no room without a file', () => {
    const taken = new Set(pathsOf(files).map((it) => roomOf(it)));
    expect(rooms.map(({ room }) => room).filter((it) => !taken.has(it))).toEqual([]);
  });

  it.each(files.map((it) => [it.path, it] as const))(
    'Every import of %s is allowed for its room',
    (_path, it) => {
      expect(forbiddenImports(it)).toEqual([]);
    },
  );

  it('No imports form a cycle, types included', () => {
    expect(findCycle()).toBeUndefined();
  });

  it('Every relative import names an existing file with its suffix', () => {
    const paths = pathsOf(files);
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .filter(({ target, file }) => file && !(target.endsWith('.js') && paths.includes(file)))
        .map(({ target }) => `${path}: ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('Every import of a Node.js module has the prefix node:', () => {
    const targets = files.flatMap(({ imports }) => imports.map(({ target }) => target));
    expect(targets.filter((it) => isBuiltin(it) && !it.startsWith('node:'))).toEqual([]);
  });

  it('No room imports the command line, and only it and config import the module room', () => {
    const users = files.filter(({ path, imports }) => {
      const room = roomOf(path);
      const isClosed = (file: string) =>
        (roomOf(file) === 'module' && !['module', 'config', 'cli'].includes(room)) ||
        (roomOf(file) === 'cli' && room !== 'cli') ||
        (ENTRIES.includes(file) && room !== 'config');
      return !ENTRIES.includes(path) && imports.some(({ file }) => file && isClosed(file));
    });
    expect(pathsOf(users)).toEqual([]);
  });
});

describe('formats', () => {
  const formats = files.filter(({ path }) => path.endsWith('.format.ts'));

  it('The library has pure formats', () => {
    expect(formats.length).toBeGreaterThan(2);
  });

  it.each(formats.map((it) => [it.path, it] as const))('The format %s is pure', (_path, it) => {
    expect(impurities(it, new Set())).toEqual([]);
  });
});

describe('files', () => {
  it('Every file name is kebab-case', () => {
    const odd = pathsOf(files).filter(
      (it) => !/^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:[-.][a-z0-9]+)*\.ts$/.test(it),
    );
    expect(odd).toEqual([]);
  });

  it('Every file is named after a concept', () => {
    const vague = /(?:^|[/.-])(?:utils?|helpers?|common|types?|misc|shared|impl)(?:[/.-]|$)/;
    expect(pathsOf(files).filter((it) => vague.test(it))).toEqual([]);
  });

  it('Every role suffix matches the content of its file', () => {
    const roles = {
      '.controller.ts': /@Controller\(|ownController\(/,
      '.module.ts': /@Module\(/,
      '.decorator.ts': /(Method|Handler)Decorator/,
    };
    for (const [suffix, marker] of Object.entries(roles))
      for (const { path, ast } of files.filter((it) => it.path.endsWith(suffix)))
        expect(ast.text, path).toMatch(marker);
  });

  it('Only the entries of the package are barrels', () => {
    const barrels = files.filter(
      ({ path, ast }) =>
        path.endsWith('index.ts') ||
        (ast.statements.length > 0 && ast.statements.every((it) => ts.isExportDeclaration(it))),
    );
    const entries = ENTRIES.filter((it) => it.endsWith('index.ts'));
    expect(pathsOf(barrels).toSorted()).toEqual(entries.toSorted());
  });

  it('Every entry names what it exports', () => {
    const stars = files.filter(({ ast }) =>
      ast.statements.some((it) => ts.isExportDeclaration(it) && it.exportClause === undefined),
    );
    expect(pathsOf(stars)).toEqual([]);
  });

  it('No file has a default export', () => {
    const defaults = files.filter(({ ast }) => /^export (default|=)/m.test(ast.text));
    expect(pathsOf(defaults)).toEqual([]);
  });

  it(`Every file has at most ${MAX_FILE_LINES} lines, half of them at most ${MEDIAN_FILE_LINES}`, () => {
    const lengths = files.map(({ path, ast }) => [ast.text.split('\n').length - 1, path] as const);
    expect(lengths.filter(([lines]) => lines > MAX_FILE_LINES)).toEqual([]);
    expect(medianOf(lengths.map(([lines]) => lines))).toBeLessThanOrEqual(MEDIAN_FILE_LINES);
  });

  it(`No folder has more than ${MAX_FOLDER_FILES} files side by side`, () => {
    const counts = new Map<string, number>();
    for (const path of pathsOf(files)) {
      counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count > MAX_FOLDER_FILES)).toEqual([]);
  });

  it('No class or interface is named I…, …Impl, Base… or Abstract…', () => {
    const odd = files.flatMap(({ path, ast }) =>
      ast.statements.flatMap((it) => {
        const named = ts.isClassDeclaration(it) || ts.isInterfaceDeclaration(it);
        const name = named ? (it.name?.text ?? '') : '';
        return /^I[A-Z]|Impl$|^Base|^Abstract/.test(name) ? [`${path}: ${name}`] : [];
      }),
    );
    expect(odd).toEqual([]);
  });
});

describe('functions', () => {
  it(`Every function has at most ${MAX_FUNCTION_LINES} lines`, () => {
    expect(files.flatMap((it) => longFunctions(it))).toEqual([]);
  });

  it('Every function has at most three positional parameters', () => {
    const found = files.flatMap((it) => positionalParameters(it));
    expect(found.filter((it) => !WITH_MORE_PARAMETERS.includes(it))).toEqual([]);
  });
});

describe('state', () => {
  it('No module keeps state that two applications of a process would share', () => {
    const variables = files.flatMap(({ path, ast }) =>
      ast.statements
        .filter((it): it is ts.VariableStatement => ts.isVariableStatement(it))
        .filter((it) => (it.declarationList.flags & ts.NodeFlags.Const) === 0)
        .map((it) => `${relative('.', path)}: ${it.getText(ast)}`),
    );
    expect(variables).toEqual([]);
  });
});

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
