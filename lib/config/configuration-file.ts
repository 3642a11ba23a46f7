import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { ConfigurationError, type ConfigurationProblem } from '../kernel/configuration-error.js';
import { errorKind } from '../kernel/faults.js';
import { sourceProblems } from '../options/assert-options.js';
import type { Environment } from '../options/standard-variables.js';
import { fileDescription } from './file-description.js';
import type { CheckedFile } from './file-parts.js';
import { type YamlFile, readYaml } from './yaml-file.js';

/** Variable that names the file. */
const FILE_VARIABLE = 'OBSERVABILITY_CONFIG_FILE';

const MAX_BYTES = 1_048_576;

/** A configuration file that was read and checked. */
export interface ConfigurationFile {
  /** Name of the file, without its folder. */
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  readonly sections: CheckedFile;
  readonly source: YamlFile['source'];
}

/**
 * Reads and checks a configuration file.
 *
 * @param path - Path of the file; that of `OBSERVABILITY_CONFIG_FILE` by default.
 * @throws ConfigurationError `OBS_CONFIG_FILE` for a file that cannot be read; `OBS_OPTION_INVALID` with every problem
 * found; `OBS_PEER_MISSING` without the package `yaml`.
 */
export async function readConfiguration(
  path: string | undefined,
  env: Environment,
): Promise<ConfigurationFile> {
  const file = path ?? (env[FILE_VARIABLE]?.trim() || undefined);
  if (typeof file !== 'string' || file === '') {
    throw unreadable(path, 'must be the path of a file', `Pass a path, or set ${FILE_VARIABLE}.`);
  }
  const name = basename(file);
  const { value, source } = await readYaml(await textOf(file), { file: name, env });
  const problems = sourceProblems(source, fileDescription, value);
  if (problems.length > 0) {
    throw new ConfigurationError('OBS_OPTION_INVALID', ...problems.toSorted(byPlace));
  }
  return { name, path: resolve(file), sections: value as CheckedFile, source };
}

async function textOf(file: string): Promise<string> {
  const remedy = 'Name a YAML file that this process may read.';
  const failed = (error: unknown) => {
    throw unreadable(file, `cannot be read (${errorKind(error)})`, remedy);
  };
  const { size } = await stat(file).catch(failed);
  if (size > MAX_BYTES) throw unreadable(file, `must have at most ${MAX_BYTES} bytes`, remedy);
  return readFile(file, 'utf8').catch(failed);
}

function unreadable(value: unknown, rule: string, remedy: string): ConfigurationError {
  const problem: ConfigurationProblem = { subject: 'file', value, rule, remedy };
  return new ConfigurationError('OBS_CONFIG_FILE', problem);
}

const places = new Intl.Collator('en', { numeric: true });

function byPlace(one: ConfigurationProblem, other: ConfigurationProblem): number {
  return places.compare(one.at ?? '', other.at ?? '');
}
