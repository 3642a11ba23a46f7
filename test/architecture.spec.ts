import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const LIB = fileURLToPath(new URL('../lib/', import.meta.url));
const MAX_FILE_LINES = 250;
const MAX_FUNCTION_LINES = 40;

/** The entries of the package: the only files that may only pass on what others declare. */
const ENTRIES = [
  'cluster/index.ts',
  'index.ts',
  'exporters/otel/index.ts',
  'exporters/prometheus/index.ts',
  'exporters/statsd/index.ts',
  'integrations/http-context/index.ts',
  'integrations/microservices/index.ts',
  'integrations/progress-sources/index.ts',
  'testing/index.ts',
  'tracing/index.ts',
];

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

/** `metrics` of `metrics/catalogue/self.ts`; `exporters/prometheus` and `integrations/x` are folders of their own. */
function folderOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  if (!path.includes('/')) return '';
  return first === 'exporters' || first === 'integrations' ? `${first}/${second}` : first;
}

interface Rule {
  /** Folders of ours besides the own one. */
  readonly ours: readonly (string | RegExp)[];
  /** Packages; Node's own modules are free. */
  readonly packages: readonly (string | RegExp)[];
}

const NEST = ['@nestjs/common', '@nestjs/core'];

/** "Who may import what" of the architecture. */
const rules: readonly (readonly [folder: RegExp, rule: Rule])[] = [
  [/^kernel$/, { ours: [], packages: [] }],
  [/^metrics$/, { ours: ['kernel'], packages: [] }],
  // Packages of the SDK are imported as types only, or by name when startTelemetry() needs them.
  [
    /^tracing$/,
    {
      ours: ['kernel'],
      packages: ['@opentelemetry/api', '@opentelemetry/sdk-trace-base', 'valibot'],
    },
  ],
  // Workers and threads are Node's own; what is put together is served as any other metrics.
  [/^cluster$/, { ours: ['kernel', 'metrics', 'exporters/prometheus'], packages: [] }],
  [/^logging$/, { ours: ['kernel'], packages: ['@opentelemetry/api'] }],
  [/^projections$/, { ours: ['kernel', 'metrics'], packages: [] }],
  [/^instrumentation$/, { ours: ['kernel'], packages: [...NEST, 'rxjs', 'reflect-metadata'] }],
  [
    /^integrations\/node-runtime$/,
    { ours: ['kernel', 'metrics', 'instrumentation', 'projections'], packages: [] },
  ],
  // Pools and circuit breakers are recognised by their members: their packages are imported nowhere.
  [
    /^integrations\/(pg-pool|mysql2|knex|prisma|opossum|cockatiel)$/,
    { ours: ['kernel', 'metrics'], packages: [] },
  ],
  // They stand on pools of others.
  [
    /^integrations\/(typeorm|mikro-orm)$/,
    {
      ours: ['kernel', 'metrics', /^integrations\/(pg-pool|mysql2|knex)$/],
      packages: [],
    },
  ],
  [
    /^integrations\/nestjs-prometheus$/,
    {
      ours: ['kernel', 'metrics', 'instrumentation', 'projections'],
      packages: ['@willsoto/nestjs-prometheus'],
    },
  ],
  // Not even its types: the package is known by the metadata that it leaves on classes.
  [
    /^integrations\/cqrs$/,
    { ours: ['kernel', 'instrumentation'], packages: ['@nestjs/core', 'reflect-metadata', 'rxjs'] },
  ],
  [
    /^integrations\/http-context$/,
    {
      ours: ['kernel', 'tracing', 'integrations/http-route'],
      packages: ['@opentelemetry/api'],
    },
  ],
  [/^integrations\/http-route$/, { ours: [], packages: [] }],
  [
    /^integrations\/http-metrics$/,
    {
      ours: ['kernel', 'metrics', 'integrations/http-route'],
      packages: [...NEST, 'rxjs', 'find-my-way'],
    },
  ],
  [
    /^integrations\/microservices$/,
    {
      ours: ['kernel', 'tracing'],
      packages: [...NEST, '@nestjs/microservices', '@opentelemetry/api', 'rxjs'],
    },
  ],
  // Clients of event stores are told by their shape, never imported.
  [
    /^integrations\/event-store$/,
    { ours: ['kernel', 'metrics', 'instrumentation', 'projections'], packages: [] },
  ],
  // Their peers are clients that the application hands in.
  [/^integrations\/progress-sources$/, { ours: ['kernel', 'projections'], packages: [] }],
  [/^exporters\/(push-loop|statsd)$/, { ours: ['kernel', 'metrics'], packages: [] }],
  // As types only; exporter packages are imported by computed names.
  [
    /^exporters\/otel$/,
    {
      ours: ['kernel', 'metrics'],
      packages: ['@opentelemetry/api', '@opentelemetry/sdk-metrics'],
    },
  ],
  [/^exporters\/prometheus$/, { ours: ['kernel', 'metrics'], packages: ['prom-client'] }],
  [
    /^(health|performance|alerting|dashboards|live)$/,
    { ours: ['kernel', 'metrics', 'projections'], packages: [...NEST, '@nestjs/terminus'] },
  ],
  [/^testing$/, { ours: ['kernel', 'metrics', 'tracing'], packages: [] }],
  [/^(module|cli)$/, { ours: [/./], packages: [/./] }],
  // The main entry.
  [/^$/, { ours: [/./], packages: ['reflect-metadata'] }],
];

const controllerPackages = ['@nestjs/common'];

function ruleOf({ path }: SourceFile): Rule {
  const rule = rules.find(([folder]) => folder.test(folderOf(path)))?.[1];
  if (rule === undefined) throw new Error(`no rule says what ${path} may import`);
  const isController = /^exporters\/.*\.controller\.ts$/.test(path);
  return isController ? { ...rule, packages: [...rule.packages, ...controllerPackages] } : rule;
}

const matches = (name: string, allowed: readonly (string | RegExp)[]) =>
  allowed.some((it) => (typeof it === 'string' ? it === name : it.test(name)));

const isBuiltin = (name: string) =>
  name.startsWith('node:') || builtinModules.includes(name.split('/')[0] ?? '');

function forbiddenImports(file: SourceFile): string[] {
  const { ours, packages } = ruleOf(file);
  return file.imports
    .filter(({ target, file: own }) => {
      if (own === undefined) return !isBuiltin(target) && !matches(target, packages);
      const folder = folderOf(own);
      return folder !== folderOf(file.path) && !matches(folder, ours);
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
  'instrumentation/stand-in.ts: isForwarded',
  // The constructor of a request that is being answered: likewise.
  'kernel/open-request.ts: a function',
  // The signature is that of OpenTelemetry's SDK, which calls it.
  'tracing/samplers/sampler.ts: shouldSample',
  // The constructor of the span of a call: an object for each call would cost more than it says.
  'tracing/span/call-span.ts: a function',
];

const pathsOf = (found: readonly SourceFile[]) => found.map(({ path }) => path);

describe('imports', () => {
  it.each(files.map((it) => [it.path, it] as const))(
    'of %s are those of its folder',
    (_path, it) => {
      expect(forbiddenImports(it)).toEqual([]);
    },
  );

  it('make no cycle, types included', () => {
    expect(findCycle()).toBeUndefined();
  });

  it('name a file of ours with its suffix, and one that exists', () => {
    const paths = pathsOf(files);
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .filter(({ target, file }) => file && !(target.endsWith('.js') && paths.includes(file)))
        .map(({ target }) => `${path}: ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('of Node have the prefix node:', () => {
    const targets = files.flatMap(({ imports }) => imports.map(({ target }) => target));
    expect(targets.filter((it) => isBuiltin(it) && !it.startsWith('node:'))).toEqual([]);
  });

  it('of the module and the entries come from nowhere inside', () => {
    const users = files.filter(
      ({ path, imports }) =>
        folderOf(path) !== 'module' &&
        path !== 'index.ts' &&
        imports.some(({ file }) => file && (folderOf(file) === 'module' || ENTRIES.includes(file))),
    );
    expect(pathsOf(users)).toEqual([]);
  });
});

describe('formats', () => {
  const formats = files.filter(({ path }) => path.endsWith('.format.ts'));

  it('exist', () => {
    expect(formats.length).toBeGreaterThan(2);
  });

  it.each(formats.map((it) => [it.path, it] as const))('%s is pure', (_path, it) => {
    expect(impurities(it, new Set())).toEqual([]);
  });
});

describe('files', () => {
  it('are kebab-case nouns', () => {
    const odd = pathsOf(files).filter(
      (it) => !/^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:[-.][a-z0-9]+)*\.ts$/.test(it),
    );
    expect(odd).toEqual([]);
  });

  it('are named after a concept', () => {
    const vague = /(?:^|[/.-])(?:utils?|helpers?|common|types?|misc|shared|impl)(?:[/.-]|$)/;
    expect(pathsOf(files).filter((it) => vague.test(it))).toEqual([]);
  });

  it('say their role in their name', () => {
    const roles = {
      '.controller.ts': /@Controller\(/,
      '.module.ts': /@Module\(/,
      '.decorator.ts': /MethodDecorator/,
    };
    for (const [suffix, marker] of Object.entries(roles))
      for (const { path, ast } of files.filter((it) => it.path.endsWith(suffix)))
        expect(ast.text, path).toMatch(marker);
  });

  it('are barrels only at the entries of the package', () => {
    const barrels = files.filter(
      ({ path, ast }) =>
        path.endsWith('index.ts') ||
        (ast.statements.length > 0 && ast.statements.every((it) => ts.isExportDeclaration(it))),
    );
    expect(pathsOf(barrels).toSorted()).toEqual(ENTRIES.toSorted());
  });

  it('at the entries name what they export', () => {
    const stars = files.filter(({ ast }) =>
      ast.statements.some((it) => ts.isExportDeclaration(it) && it.exportClause === undefined),
    );
    expect(pathsOf(stars)).toEqual([]);
  });

  it('have no default export', () => {
    const defaults = files.filter(({ ast }) => /^export (default|=)/m.test(ast.text));
    expect(pathsOf(defaults)).toEqual([]);
  });

  it(`have at most ${MAX_FILE_LINES} lines, half of them at most 80`, () => {
    const lengths = files.map(({ path, ast }) => [ast.text.split('\n').length - 1, path] as const);
    expect(lengths.filter(([lines]) => lines > MAX_FILE_LINES)).toEqual([]);
    expect(medianOf(lengths.map(([lines]) => lines))).toBeLessThanOrEqual(80);
  });

  it('have names without I…, …Impl and Base…', () => {
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
  it(`have at most ${MAX_FUNCTION_LINES} lines`, () => {
    expect(files.flatMap((it) => longFunctions(it))).toEqual([]);
  });

  it('have at most three positional parameters', () => {
    const found = files.flatMap((it) => positionalParameters(it));
    expect(found.filter((it) => !WITH_MORE_PARAMETERS.includes(it))).toEqual([]);
  });
});

describe('state', () => {
  it('is not kept in modules: two applications of a process do not see each other', () => {
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
