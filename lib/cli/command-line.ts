import { parseArgs, styleText } from 'node:util';
import { ConfigurationError } from '../kernel/configuration-error.js';
import { libraryVersion } from '../kernel/library.js';
import { nearestNames } from '../options/nearest-names.js';
import { commands } from './command-registry.js';
import { type CommandIo, UsageError } from './command-io.js';
import {
  type CommandDescription,
  type CommandOption,
  exitCodes,
  type ExitCode,
} from './command.js';
import { ServiceReader } from './service-reader.js';
import { aligned } from './table.js';

const PROGRAM = 'observability';

const commonOptions: Readonly<Record<string, CommandOption>> = {
  json: { type: 'boolean', summary: 'Print JSON' },
  help: { type: 'boolean', summary: 'Print this help' },
  version: { type: 'boolean', summary: 'Print the version' },
};

/**
 * Runs one command. Results go to the standard output, and reasons for not running to the standard error.
 *
 * @returns 0 if all is well, 1 for a problem, 2 if the command cannot do its work.
 */
export async function runCommandLine(
  io: CommandIo,
  registry: readonly CommandDescription[] = commands,
): Promise<ExitCode> {
  try {
    return await run(io, registry);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigurationError)) throw error;
    io.err(`${PROGRAM}: ${error.message}\n`);
    return exitCodes.usage;
  }
}

async function run(io: CommandIo, registry: readonly CommandDescription[]): Promise<ExitCode> {
  const [first] = io.argv;
  const strong = strongOn(io);
  if (first === undefined || first === 'help' || isFlag(first, 'help', 'h')) {
    io.out(overview(registry, strong));
    return first === undefined ? exitCodes.usage : exitCodes.ok;
  }
  if (isFlag(first, 'version', 'v', 'V')) return printed(io, `${libraryVersion}\n`);
  const command = commandOf(io.argv, registry);
  const { options, lists, args } = parsed(command, io.argv.slice(command.name.split(' ').length));
  if (options['help'] === true) return printed(io, helpOf(command, strong));
  if (options['version'] === true) return printed(io, `${libraryVersion}\n`);
  assertArgs(command, args);
  const json = options['json'] === true;
  const print = (line: string) => io.out(`${line}\n`);
  return command.run({
    io,
    args,
    options,
    lists,
    json,
    service: new ServiceReader(io),
    print,
    strong,
  });
}

function printed(io: CommandIo, text: string): ExitCode {
  io.out(text);
  return exitCodes.ok;
}

function isFlag(word: string, name: string, ...letters: readonly string[]): boolean {
  return word === `--${name}` || letters.some((it) => word === `-${it}`);
}

function commandOf(
  argv: readonly string[],
  registry: readonly CommandDescription[],
): CommandDescription {
  const words = argv.filter((it) => !it.startsWith('-')).slice(0, 2);
  const found = registry.find(({ name }) =>
    name.split(' ').every((word, position) => argv[position] === word),
  );
  if (found !== undefined) return found;
  const wanted = words.join(' ') || (argv[0] as string);
  const group = registry.filter(({ name }) => name.startsWith(`${words[0]} `));
  const known = group.length > 0 ? group : registry;
  const names = known.map(({ name }) => name);
  const within = names.filter((it) => it.startsWith(`${wanted} `));
  const near = within.length > 0 ? within : nearestNames(wanted, names);
  const nearWord = words[0] === undefined ? [] : nearestNames(words[0], names);
  const meant = near.length > 0 ? near : nearWord.length > 0 ? nearWord : names;
  throw new UsageError(`unknown command ${shown(wanted)}. ${didYouMean(meant)}`);
}

function parsed(command: CommandDescription, argv: readonly string[]) {
  const known = { ...command.options, ...commonOptions };
  const settings = Object.fromEntries(
    Object.entries(known).map(([name, { type, multiple = false }]) => [
      name,
      name === 'help' ? { type, multiple, short: 'h' } : { type, multiple },
    ]),
  );
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...argv],
      options: settings,
      allowPositionals: true,
      tokens: true,
    });
    assertOnce(tokens, known);
    const [lists, options] = [true, false].map((wanted) =>
      Object.fromEntries(Object.entries(values).filter(([, it]) => Array.isArray(it) === wanted)),
    );
    return {
      args: positionals,
      lists: lists as Record<string, readonly string[]>,
      options: options as Record<string, string | boolean | undefined>,
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(optionProblem(error as NodeJS.ErrnoException, Object.keys(known)));
  }
}

interface ArgumentToken {
  readonly kind: string;
  readonly name?: string;
}

/** `parseArgs` keeps the last value of an option, and drops those before it. */
function assertOnce(
  tokens: readonly ArgumentToken[],
  known: Readonly<Record<string, CommandOption>>,
): void {
  const names = tokens.flatMap(({ kind, name = '' }) => (kind === 'option' ? [name] : []));
  const twice = names.find(
    (it, i) => known[it]?.type === 'string' && !known[it].multiple && names.indexOf(it) !== i,
  );
  if (twice === undefined) return;
  throw new UsageError(`--${twice} is given twice. Pass it once.`);
}

/** Messages of `parseArgs` repeat values, which may contain credentials. */
function optionProblem({ code, message }: NodeJS.ErrnoException, known: readonly string[]): string {
  const [, name = ''] = /'(?:-\w, )?-{1,2}([^'\s=<]*)/.exec(message) ?? [];
  if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `the value of --${name} is missing or extra`;
  const near = nearestNames(name, known);
  const meant = (near.length > 0 ? near : known).map((it) => `--${it}`);
  return `unknown option ${shown(`${name.length > 1 ? '--' : '-'}${name}`)}. ${didYouMean(meant)}`;
}

function assertArgs({ name, args = [] }: CommandDescription, given: readonly string[]): void {
  const required = args.filter((it) => !it.startsWith('['));
  const missing = required[given.length];
  const usage = `${PROGRAM} ${[name, ...args].join(' ')}`;
  if (missing !== undefined) throw new UsageError(`${missing} is missing: ${usage}`);
  const isRepeated = args.at(-1)?.endsWith('...') === true;
  if (given.length > args.length && !isRepeated)
    throw new UsageError(`too many arguments: ${usage}`);
}

function didYouMean(names: readonly string[]): string {
  return `Did you mean ${names.join(', ')}?`;
}

function shown(word: string): string {
  return JSON.stringify(word.slice(0, 60).toWellFormed());
}

type Strong = (text: string) => string;

/** Node.js 20 does not look at the terminal and NO_COLOR itself. */
function strongOn({ isTTY, env }: CommandIo): Strong {
  const isPlain = !isTTY || Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb';
  return isPlain ? (it) => it : (it) => styleText('bold', it, { validateStream: false });
}

function overview(registry: readonly CommandDescription[], strong: Strong): string {
  return [
    strong(`${PROGRAM} COMMAND [OPTION]...`),
    '',
    ...columns(
      registry.map(({ name, args = [], summary }) => [[name, ...args].join(' '), summary]),
    ),
    '',
    ...columns(optionRows(commonOptions)),
    '',
    'Exit code: 0 all is well, 1 a problem was found, 2 wrong usage or nothing to read.',
    '',
  ].join('\n');
}

function helpOf({ name, args = [], summary, options = {} }: CommandDescription, strong: Strong) {
  const rows = columns(optionRows({ ...options, ...commonOptions }));
  const usage = strong(`${PROGRAM} ${[name, ...args].join(' ')} [OPTION]...`);
  return [usage, '', `${summary}.`, '', ...rows, ''].join('\n');
}

function optionRows(options: Readonly<Record<string, CommandOption>>): [string, string][] {
  return Object.entries(options).map(([name, { value, summary }]) => [
    `--${name}${value === undefined ? '' : ` ${value}`}`,
    summary,
  ]);
}

function columns(rows: readonly (readonly string[])[]): string[] {
  return aligned(rows).map((it) => `  ${it}`);
}
