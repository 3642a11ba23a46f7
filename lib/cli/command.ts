import type { CommandIo } from './command-io.js';
import type { ServiceReader } from './service-reader.js';

/** Codes at which the program ends: all is well, a problem was found, or the command could not do its work. */
export const exitCodes = { ok: 0, problem: 1, usage: 2 } as const;

/** Code at which the program ends. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Option of a command. */
export interface CommandOption {
  readonly type: 'string' | 'boolean';
  /** Placeholder of the value in the help. */
  readonly value?: string;
  readonly summary: string;
  /** Accepts several values, each with the name of the option. @defaultValue false */
  readonly multiple?: boolean;
}

/** Call of a command, with parsed arguments. */
export interface CommandCall {
  readonly io: CommandIo;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** Values of the options that may be given several times. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  /** True for output as JSON. */
  readonly json: boolean;
  /** Reads pages of a running service. */
  readonly service: ServiceReader;
  /** Prints a line. */
  print(line: string): void;
  /** Returns text in bold on a terminal with colours. */
  strong(text: string): string;
}

/** Command of the command line. A further command is one more in the registry. */
export interface CommandDescription {
  /** Words that select it. */
  readonly name: string;
  readonly summary: string;
  /** Placeholders of its arguments; one in brackets is optional, and `...` says several. @defaultValue none */
  readonly args?: readonly string[];
  readonly options?: Readonly<Record<string, CommandOption>>;
  /** Runs the command. It imports its code when it is called, so that other commands start without it. */
  run(call: CommandCall): Promise<ExitCode>;
}
