import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { packageEntries } from '../../scripts/package-entries.mjs';
import { ROOT } from './public-declarations.js';

interface Manifest {
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
}

const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as Manifest;

/**
 * Packages that every application with the library uses itself. Its dependencies are not among them: to check the
 * declarations of valibot takes a compiler longer than all others of an application.
 */
const ALWAYS_INSTALLED = Object.keys(manifest.peerDependencies).filter(
  (it) => manifest.peerDependenciesMeta[it]?.optional !== true,
);

/** Optional peers whose types an entry is made for. An entry that is missing here needs none. */
const OWN_PEERS: Readonly<Record<string, readonly string[]>> = {
  otlp: ['@opentelemetry/sdk-metrics'],
  // Answers of `HealthController` are those of Terminus.
  tracing: ['@opentelemetry/api'],
  'otel-metrics': ['@opentelemetry/api', '@opentelemetry/sdk-metrics'],
  'trace-stores': ['@opentelemetry/api'],
  microservices: ['@nestjs/microservices', '@opentelemetry/api'],
};

const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** Packages that a program must resolve to read these declarations, each with the path of files that leads to it. */
function packagesReachedFrom(
  entry: string,
  read: (file: string) => string,
): Record<string, string> {
  const trails = new Map([[entry, entry]]);
  const found: Record<string, string> = {};
  for (const [file, trail] of trails) {
    for (const specifier of specifiersOf(read(file))) {
      if (!specifier.startsWith('.')) {
        if (!specifier.startsWith('node:')) found[packageOf(specifier)] ??= trail;
        continue;
      }
      const target = join(dirname(file), specifier).replace(/\.js$/, '.d.ts');
      if (!trails.has(target)) trails.set(target, `${trail} > ${target}`);
    }
  }
  return found;
}

/** Imports, exports from elsewhere, `import('x')` as a type, module augmentations and reference directives. */
function specifiersOf(text: string): string[] {
  const { importedFiles, ambientExternalModules, typeReferenceDirectives } = ts.preProcessFile(
    text,
    true,
    true,
  );
  const types = typeReferenceDirectives.map(({ fileName }) => fileName);
  return [
    ...importedFiles.map(({ fileName }) => fileName),
    ...(ambientExternalModules ?? []),
    ...types,
  ];
}

const readBuilt = (file: string) => readFileSync(`${ROOT}${file}`, 'utf8');

describe('the declarations of the package', () => {
  it.each(packageEntries.map(({ name, types }) => [name, types.slice(2)] as const))(
    'The declarations of the entry %s need no optional peer but its own, and no dependency',
    (name, types) => {
      const allowed = [...ALWAYS_INSTALLED, ...(OWN_PEERS[name] ?? [])];
      const reached = Object.entries(packagesReachedFrom(types, readBuilt));
      expect(reached.filter(([it]) => !allowed.includes(it))).toEqual([]);
    },
  );

  it.each(Object.entries(OWN_PEERS))(
    'The declarations of the entry %s need each of its own peers',
    (name, peers) => {
      const types = packageEntries.find((it) => it.name === name)?.types.slice(2) ?? '';
      expect(Object.keys(packagesReachedFrom(types, readBuilt))).toEqual(
        expect.arrayContaining([...peers]),
      );
    },
  );

  it('A type of an optional peer is found behind every form of reference and not in comments', () => {
    const files: Record<string, string> = {
      'dist/a.d.ts':
        "/** import { x } from 'in-comment'; */\nexport type { B } from './b/b.js';\nimport './c.js';",
      'dist/b/b.d.ts': "export declare const b: import('@scope/by-type/deep').B;",
      'dist/c.d.ts': "import type { E } from 'by-import';\nexport declare class C extends E {}",
    };
    expect(packagesReachedFrom('dist/a.d.ts', (it) => files[it] ?? '')).toEqual({
      '@scope/by-type': 'dist/a.d.ts > dist/b/b.d.ts',
      'by-import': 'dist/a.d.ts > dist/c.d.ts',
    });
  });
});
