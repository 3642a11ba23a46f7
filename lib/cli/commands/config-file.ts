import { existsSync, readFileSync } from 'node:fs';
import { readConfiguration } from '../../config/configuration-file.js';
import { fileDescription } from '../../config/file-description.js';
import { withoutSecrets } from '../../config/without-secrets.js';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import { UsageError } from '../command-io.js';
import { type CommandCall, exitCodes, type ExitCode } from '../command.js';

/** Checks a configuration file; prints a line for each problem. */
export async function validateConfig({ args, io, json, print }: CommandCall): Promise<ExitCode> {
  try {
    await readConfiguration(args[0], io.env);
    if (json) print('[]');
    return exitCodes.ok;
  } catch (error) {
    const { code, problems } = configurationError(error);
    if (json) print(JSON.stringify(problems.map((it) => ({ code, ...it }))));
    else
      for (const it of problems) print(`${it.at} ${code} ${it.subject} ${it.rule}. ${it.remedy}`);
    return exitCodes.problem;
  }
}

/** Prints the options of a configuration file with the values of its variables, and without secrets. */
export async function printConfig(call: CommandCall): Promise<ExitCode> {
  const { args, io, json, print } = call;
  try {
    const { sections } = await readConfiguration(args[0], io.env);
    const shown = withoutSecrets(fileDescription, sections);
    if (json) print(JSON.stringify(shown));
    else io.out((await import('yaml')).stringify(shown));
    return exitCodes.ok;
  } catch (error) {
    configurationError(error);
    return validateConfig(call);
  }
}

/** Prints the JSON Schema of configuration files. */
export async function printSchema({ io }: CommandCall): Promise<ExitCode> {
  io.out(readFileSync(schemaFile(), 'utf8'));
  return exitCodes.ok;
}

/** @throws UsageError for a file that cannot be read at all; the error itself when it is none of a configuration. */
function configurationError(error: unknown): ConfigurationError {
  if (!(error instanceof ConfigurationError)) throw error;
  const [{ at, rule, remedy } = { at: undefined, rule: '', remedy: '' }] = error.problems;
  if (at === undefined) throw new UsageError(`the file ${rule}. ${remedy}`);
  return error;
}

/** The file is at the root of the package, above the folder of this module. */
function schemaFile(): URL {
  let folder = new URL('.', import.meta.url);
  while (folder.pathname !== '/' && !existsSync(new URL('config.schema.json', folder))) {
    folder = new URL('..', folder);
  }
  return new URL('config.schema.json', folder);
}
