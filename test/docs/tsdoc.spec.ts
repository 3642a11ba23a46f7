import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { configurationErrorCodes, projectionWaitErrorCodes } from '../../lib/index.js';
import { queryErrorCodes } from '../../lib/query/index.js';
import { compilerOptions, publicDeclarations, ROOT } from './public-declarations.js';

const declarations = publicDeclarations();
const tagTexts = (tags: readonly ts.JSDocTagInfo[], name: string) =>
  tags.filter((it) => it.name === name).map((it) => ts.displayPartsToString(it.text));

const EXAMPLE = /^ *\* @example\n *\* ```ts\n([^]*?)```/gm;

/** A comment of its own, or one that it inherits by saying so. */
const isDocumented = ({ comment }: { readonly comment: string }) => /\w{2}/.test(comment);

describe('the public API', () => {
  it('The public API is found', () => {
    const names = declarations.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['Command', 'ManualClock', 'MetricsController']));
    expect(names).toContain('ObservabilityService.startCommand');
  });

  it('The public API has a sentence for every export and every member', () => {
    const silent = declarations.filter((it) => !isDocumented(it)).map(({ name }) => name);
    expect(silent).toEqual([]);
  });

  it('The public API has a first sentence that ends', () => {
    const odd = declarations
      .filter((it) => isDocumented(it) && !/[.:;](?:\s|$)|^\{@inheritDoc/.test(it.comment))
      .map(({ name, comment }) => `${name}: ${comment}`);
    expect(odd).toEqual([]);
  });

  it('The public API has codes in @throws that exist', () => {
    const codes = declarations.flatMap(({ tags }) =>
      tagTexts(tags, 'throws').flatMap((text) => text.match(/OBS_[A-Z_]+/g) ?? []),
    );
    expect(codes.length).toBeGreaterThan(5);
    const known = { ...configurationErrorCodes, ...projectionWaitErrorCodes, ...queryErrorCodes };
    expect(codes.filter((it) => !(it in known))).toEqual([]);
  });

  it('The public API has a @defaultValue for every optional option', () => {
    const options = declarations.filter(({ name }) => /^\w*Options\.|^\w*Extras\./.test(name));
    const silent = options.filter(({ declaration, tags, name }) => {
      const isOptional = ts.isPropertySignature(declaration) && declaration.questionToken;
      return isOptional && tagTexts(tags, 'defaultValue').length === 0 && !NO_DEFAULT.has(name);
    });
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

// What they are when left out is the absence of what their sentence tells.
const NO_DEFAULT = new Set([
  'ObservabilityOptions.cardinality',
  'PrometheusOptions.controller',
  'PrometheusOptions.port',
  'HandlerOptions.labels',
]);

describe('the examples', () => {
  const examples = sourceFiles().flatMap(([file, text]) =>
    [...text.matchAll(EXAMPLE)].map(([, code = '']) => [file, withoutStars(code)] as const),
  );

  it('The documentation examples are there for what a user meets first', () => {
    const having = examples.map(([file]) => file.split('/').at(-1));
    for (const file of ['command.decorator.ts', 'query.decorator.ts', 'projection.decorator.ts'])
      expect(having).toContain(file);
    for (const file of ['observability.module.ts', 'observability-service.ts', 'manual-clock.ts'])
      expect(having).toContain(file);
  });

  it('The documentation examples are code, each of them', () => {
    const tags = sourceFiles().flatMap(([, text]) => text.match(/^ *\* @example/gm) ?? []);
    expect(examples).toHaveLength(tags.length);
  });

  it('The documentation examples compile as they stand, and a wrong one would not', () => {
    const wrong = `import { Comand } from '@eventcore/nestjs-observability';\nexport const x = Comand;`;
    const files = new Map([
      ...examples.map(
        ([file, code], i) => [`${ROOT}test/docs/example-${i}-of-${basename(file)}`, code] as const,
      ),
      [`${ROOT}test/docs/wrong-example.ts`, wrong],
    ]);
    const problems = problemsOf(files);
    expect(problems.filter((it) => !it.includes('wrong-example'))).toEqual([]);
    expect(problems).toHaveLength(1);
  });
});

/** The files of the library with their text. TypeScript takes a decorator in an example for the next tag. */
function sourceFiles(): [file: string, text: string][] {
  return readdirSync(`${ROOT}lib`, { recursive: true, encoding: 'utf8' })
    .filter((it) => it.endsWith('.ts'))
    .map((it) => [it, readFileSync(`${ROOT}lib/${it}`, 'utf8')]);
}

function withoutStars(code: string): string {
  return code.replaceAll(/^ *\* ?/gm, '');
}

/** What the compiler says about files that exist in memory only. */
function problemsOf(files: ReadonlyMap<string, string>): string[] {
  // An example shows a value without using it.
  const options = { ...compilerOptions(), noUnusedLocals: false, noUnusedParameters: false };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists.call(host, path);
  host.readFile = (path) => files.get(path) ?? readFile.call(host, path);
  host.getSourceFile = (path, version, ...rest) => {
    const code = files.get(path);
    return code === undefined
      ? getSourceFile.call(host, path, version, ...rest)
      : ts.createSourceFile(path, code, version);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()]
    .map((path) => program.getSourceFile(path))
    .flatMap((it) => [
      ...program.getSyntacticDiagnostics(it),
      ...program.getSemanticDiagnostics(it),
    ])
    .map(
      ({ file, messageText }) =>
        `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
}
