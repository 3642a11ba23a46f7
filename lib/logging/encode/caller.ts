import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Place in the source code. */
export interface Caller {
  /** Path, relative to the working folder where the file is below it. */
  readonly file: string;
  readonly line: number;
  readonly function?: string;
}

/** Frames between a Nest logger and its caller, with room for decorators. */
const FRAMES = 12;
const FRAME =
  /^\s{4}at (?:(?:async )?(.{1,256}?) \()?((?:file:\/\/)?[^()]{1,1024}):(\d{1,9}):\d{1,9}\)?$/;
const LOGGERS = /[\\/]node_modules[\\/]@nestjs[\\/]common[\\/]|^node:/;

/**
 * Returns the place that called a function of a logger; `undefined` without one.
 *
 * @param above - Function whose caller is wanted; it and what it calls are left out.
 */
export function callerOf(above: (...args: never[]) => unknown): Caller | undefined {
  const holder: { stack?: string } = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES;
  Error.captureStackTrace(holder, above);
  Error.stackTraceLimit = stackTraceLimit;
  for (const frame of String(holder.stack).split('\n').slice(1)) {
    const [, name, path, line] = FRAME.exec(frame) ?? [];
    if (path === undefined || LOGGERS.test(path)) continue;
    return {
      file: fileOf(path),
      line: Number(line),
      ...(name !== undefined && { function: name }),
    };
  }
  return undefined;
}

function fileOf(path: string): string {
  const file = path.startsWith('file:') ? fileURLToPath(path) : path;
  const below = relative(process.cwd(), file);
  return below.startsWith('..') ? file : below;
}
