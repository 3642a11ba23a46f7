import type { HandlerKind, KindLines } from '../../kernel/handler-kind.js';
import type { LogLevel } from '../log-level.js';

/** Levels of the lines about one kind of work; `false` leaves a line out. */
export interface LineLevels {
  /** A success. @defaultValue `info` for commands and appends, otherwise `debug` */
  readonly success?: LogLevel | false;
  /** A business rule said no; for an append, the stream had advanced. @defaultValue `info`; `warn` for an append */
  readonly rejected?: LogLevel | false;
  /** A failure. @defaultValue `error` */
  readonly failure?: LogLevel | false;
}

/** Levels of the lines about the work of the application; `false` leaves a kind out. */
export interface WorkLines {
  /** Commands. @defaultValue `{}` */
  readonly command?: LineLevels | false;
  /** Queries. @defaultValue `{}` */
  readonly query?: LineLevels | false;
  /** Events that projections handle. @defaultValue `{}` */
  readonly projection?: LineLevels | false;
  /** Appends to event stores. @defaultValue `{}` */
  readonly append?: LineLevels | false;
  /** Other operations on event stores. @defaultValue `{}` */
  readonly read?: LineLevels | false;
  /** Attempts that another one follows. @defaultValue `warn` */
  readonly retry?: LogLevel | false;
  /** Changes of state: projections, rebuilds, circuit breakers, connection pools, the shutdown. @defaultValue true */
  readonly state?: boolean;
}

/** Levels with their defaults. */
export type DecidedLevels = Readonly<Record<'success' | 'rejected' | 'failure', LogLevel | false>>;

const SILENT: DecidedLevels = { success: false, rejected: false, failure: false };

/** Returns the levels of one kind of handlers or operations. */
export function decidedLevels(
  given: LineLevels | false | undefined,
  defaults: Pick<DecidedLevels, 'success' | 'rejected'>,
): DecidedLevels {
  return given === false ? SILENT : { failure: 'error', ...defaults, ...given };
}

/** Returns the messages of a kind: its own, or ones made from its name. */
export function linesOf({ name, lines }: HandlerKind): KindLines {
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return (
    lines ?? {
      level: 'debug',
      success: `${title} executed successfully`,
      rejected: `${title} rejected`,
      failure: `${title} execution failed`,
      retried: `${title} attempt failed`,
    }
  );
}
