/** Connections of the command line to the outside; tests pass their own. */
export interface CommandIo {
  /** Arguments after the name of the program. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<string | Uint8Array>;
  /** True if the standard output is a terminal. */
  readonly isTTY: boolean;
  out(text: string): void;
  err(text: string): void;
  readonly fetch: typeof fetch;
}

/** Reason why a command cannot do its work: wrong arguments, or a service or file that cannot be read. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
