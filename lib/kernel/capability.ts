/**
 * A capability of one application: of the core or of a plugin. The module's lifecycle calls its hooks in the order of
 * one list; each collaborator is handed to its constructor.
 */
export interface Capability {
  /** Name for the log and for `observability_errors_total`. */
  readonly name: string;
  /** Runs when all instances of the application exist, before any hook of Nest. It never throws. */
  configure?(): void;
  /** Runs when all instances of the application exist; bad configuration throws here and stops the start. */
  init?(): void | Promise<void>;
  /** Runs when the application bootstraps: the HTTP server exists and does not listen yet. */
  bootstrap?(): void | Promise<void>;
  /** Runs after the last bootstrap hook of the application. */
  started?(): void;
  /** Runs when the application shuts down, before Nest tears anything down. The drain waits for it, within its limit. */
  drain?(): void | Promise<void>;
  /** Releases everything. It runs once, after a failed start as well. */
  stop?(): void | Promise<void>;
}
