import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConfigurationProblem } from '../kernel/configuration-error.js';
import type { MetricDefinition } from '../metrics/definition/metric-definition.js';
import { UsageError } from './command-io.js';

/** Definition of a metric pack that a file exports. */
export interface PackOfFile {
  readonly name: string;
  readonly metrics: Readonly<Record<string, MetricDefinition>>;
}

/** Metric packs of files, and the problems for which packs could not be made. */
export interface PackFiles {
  readonly packs: readonly PackOfFile[];
  /** Problems with the file that has each. */
  readonly problems: readonly PackProblem[];
}

/** Problem of a definition, with its file and code. */
export interface PackProblem extends ConfigurationProblem {
  readonly file: string;
  readonly code: string;
}

/**
 * Loads the metric packs that files export. The packs are recognised by their shape: an application has a copy of the package
 * of its own.
 *
 * @throws UsageError for a file that cannot be loaded or exports no pack.
 */
export async function readPacks(files: readonly string[] = []): Promise<PackFiles> {
  const packs: PackOfFile[] = [];
  const problems: PackProblem[] = [];
  for (const file of files) {
    try {
      packs.push(...packsOf(await load(file), file));
    } catch (error) {
      if (!isConfigurationError(error)) throw error;
      problems.push(...error.problems.map((it) => ({ ...it, file, code: error.code })));
    }
  }
  return { packs, problems };
}

/**
 * Loads metric packs like {@link readPacks}.
 *
 * @throws UsageError for a file with a problem as well.
 */
export async function loadPacks(files?: readonly string[]): Promise<readonly PackOfFile[]> {
  const { packs, problems } = await readPacks(files);
  if (problems.length === 0) return packs;
  throw new UsageError(problems.map((it) => `${it.file}: ${problemLine(it)}`).join('\n'));
}

/** Returns a problem as text, without its file. */
export function problemLine({ code, subject, rule, remedy }: PackProblem): string {
  return `${code} ${subject}: ${rule}. ${remedy}`;
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  } catch (error) {
    if (isConfigurationError(error)) throw error;
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    throw new UsageError(`${file} cannot be loaded (${String(code ?? message)})`);
  }
}

/** Returns the packs among the exports of a module; those of CommonJS are members of its default export. */
function packsOf(module: Readonly<Record<string, unknown>>, file: string): PackOfFile[] {
  const { default: ofCommonJs } = module;
  const exported = [
    ...Object.values(module),
    ...(typeof ofCommonJs === 'object' && ofCommonJs !== null ? Object.values(ofCommonJs) : []),
  ];
  const definitions = new Set(exported.filter(isPack).map(({ definition }) => definition));
  if (definitions.size === 0)
    throw new UsageError(`${file} exports no metric pack. Export a class of defineMetricPack().`);
  return [...definitions];
}

function isPack(value: unknown): value is { readonly definition: PackOfFile } {
  if (typeof value !== 'function' || !('definition' in value) || !('plugin' in value)) return false;
  const { name, metrics } = (value.definition ?? {}) as Partial<PackOfFile>;
  return typeof name === 'string' && typeof metrics === 'object';
}

interface LoadedError {
  readonly code: string;
  readonly problems: readonly ConfigurationProblem[];
}

/** The class is that of another copy of the package. */
function isConfigurationError(error: unknown): error is LoadedError {
  return error instanceof Error && error.name === 'ConfigurationError' && 'problems' in error;
}
