import { isErrored, isReadable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { type CallRecorder, endWhenDropped, OpenCall } from '../calls/call-recorder.js';

type AnyMethod = (this: unknown, ...args: unknown[]) => unknown;
type Wrap = (original: (...args: unknown[]) => unknown, args: unknown[]) => unknown;

/** Receiver of the end of a stream. */
interface Ends {
  exhausted(): void;
  failed(error: unknown): void;
  /** The consumer cancelled the stream. */
  givenUp(): void;
  /** Signals that the consumer has received an item; absent when the recorder does not follow items. */
  readonly seen: ((item: unknown) => void) | undefined;
}

/**
 * Observes a web stream until it is exhausted, fails or is cancelled. The caller receives the same object, because its
 * consumers need its internal state; the methods by which they read are replaced. A stream that is locked already has a
 * consumer that nothing reports.
 */
export function observeWebStream(
  source: ReadableStream,
  recorder: CallRecorder,
  startedMs: number,
): ReadableStream {
  const call = new OpenCall(recorder, startedMs);
  if (source.locked || !follow(source, endsOf(call, recorder))) call.succeed(undefined);
  else endWhenDropped(source, call);
  return source;
}

function endsOf(call: OpenCall, recorder: CallRecorder): Ends {
  const succeed = () => call.succeed(undefined);
  return {
    exhausted: succeed,
    givenUp: succeed,
    failed: (error) => call.fail(error),
    seen: recorder.seen && ((item) => call.seen(item)),
  };
}

/** Returns false for a stream whose methods cannot be replaced. */
function follow(stream: ReadableStream, ends: Ends): boolean {
  const state = { isCancelled: false };
  const cancel: Wrap = (original, args) => {
    if (stream.locked) return original(...args);
    return cancelled(() => original(...args), ends, state);
  };
  if (!replace(stream, 'cancel', cancel)) return false;
  replace(stream, 'getReader', (original, args) => {
    const reader = original(...args) as Reader;
    followReader(stream, reader, { ends, state });
    return reader;
  });
  const iterate: Wrap = (original, args) =>
    followIterator(original(...args) as object, args[0], ends);
  replace(stream, 'values', iterate);
  replace(stream, Symbol.asyncIterator, iterate);
  replace(stream, 'pipeTo', (original, args) => piped(stream, original(...args), ends));
  replace(stream, 'pipeThrough', (original, args) => pipeThrough(stream, original, args));
  replace(stream, 'tee', (original, args) => followBranches(original(...args), ends));
  if (isErrored(stream as never)) failAtOnce(stream);
  return true;
}

/** Reads the error of a stream that failed before anything reads it. */
function failAtOnce(stream: ReadableStream): void {
  stream.getReader().releaseLock();
}

interface Cancellation {
  isCancelled: boolean;
}

async function cancelled(cancel: () => unknown, ends: Ends, state: Cancellation): Promise<unknown> {
  // The stream is closed before its source has confirmed or refused.
  state.isCancelled = true;
  return settle(cancel(), ends.givenUp, ends.failed);
}

type Reader = ReturnType<ReadableStream['getReader']>;

function followReader(
  stream: ReadableStream,
  reader: Reader,
  { ends, state }: { readonly ends: Ends; readonly state: Cancellation },
): void {
  let isReleased = false;
  replace(reader, 'releaseLock', (original, args) => {
    isReleased = true;
    return original(...args);
  });
  replace(reader, 'cancel', (original, args) =>
    isReleased ? original(...args) : cancelled(() => original(...args), ends, state),
  );
  const { seen } = ends;
  if (seen !== undefined) {
    replace(reader, 'read', (original, args) =>
      settle(
        original(...args),
        (it) => isItem(it) && seen(it.value),
        () => undefined,
      ),
    );
  }
  // A release rejects the promise of a stream that is still open.
  reader.closed.then(
    () => state.isCancelled || ends.exhausted(),
    (error: unknown) => (!isReleased || isErrored(stream as never)) && ends.failed(error),
  );
}

function followIterator(iterator: object, options: unknown, ends: Ends): object {
  replace(iterator, 'next', (original, args) =>
    settle(
      original(...args),
      (it) => (isItem(it) ? ends.seen?.(it.value) : ends.exhausted()),
      ends.failed,
    ),
  );
  const { preventCancel } = (options ?? {}) as { readonly preventCancel?: unknown };
  if (!preventCancel) {
    replace(iterator, 'return', (original, args) =>
      settle(original(...args), ends.givenUp, ends.failed),
    );
  }
  return iterator;
}

/** The promise of a pipe rejects, too, when its destination fails; the stream is then cancelled, unless that is prevented. */
function piped(stream: ReadableStream, pipe: unknown, ends: Ends): Promise<unknown> {
  return settle(pipe, ends.exhausted, (error) => {
    if (isErrored(stream as never)) ends.failed(error);
    else if (!isReadable(stream as never)) ends.givenUp();
  });
}

function pipeThrough(
  stream: ReadableStream,
  original: (...args: unknown[]) => unknown,
  args: unknown[],
): unknown {
  const [pair, options] = args as Parameters<ReadableStream['pipeThrough']>;
  const { readable, writable } = (pair ?? {}) as Partial<typeof pair>;
  // The original throws for what it does not accept.
  const isRefused = stream.locked || writable?.locked !== false || readable === undefined;
  if (isRefused) return original(...args);
  stream.pipeTo(writable, options).catch(() => undefined);
  return readable;
}

/** Both branches have the items of one stream, which is cancelled when both of them are. */
function followBranches(branches: unknown, ends: Ends): unknown {
  let left = 2;
  const branchEnds: Ends = {
    ...ends,
    givenUp: () => {
      if (--left === 0) ends.givenUp();
    },
  };
  for (const it of branches as ReadableStream[]) follow(it, branchEnds);
  return branches;
}

function isItem(step: unknown): step is IteratorYieldResult<unknown> {
  return (step as IteratorResult<unknown>).done !== true;
}

/** Reports the outcome before the caller learns it. */
function settle(
  promise: unknown,
  fulfilled: (value: unknown) => unknown,
  rejected: (error: unknown) => unknown,
): Promise<unknown> {
  return (promise as Promise<unknown>).then(
    (value) => {
      fulfilled(value);
      return value;
    },
    (error: unknown) => {
      rejected(error);
      throw error;
    },
  );
}

function replace(target: object, key: string | symbol, wrap: Wrap): boolean {
  const original = (target as Record<string | symbol, AnyMethod>)[key];
  if (typeof original !== 'function') return false;
  const value: AnyMethod = function (this: unknown, ...args) {
    return wrap((...passed) => Reflect.apply(original, this, passed), args);
  };
  return Reflect.defineProperty(target, key, { value, writable: true, configurable: true });
}
