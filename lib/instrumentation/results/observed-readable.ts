import type { Readable } from 'node:stream';
import { type CallRecorder, endWhenDropped, OpenCall } from '../calls/call-recorder.js';

type Emit = (this: unknown, event: string | symbol, ...args: unknown[]) => boolean;
type AnyMethod = (this: unknown, ...args: unknown[]) => unknown;

/** Methods of event store clients with which consumers end a stream early. */
const ENDING_METHODS = ['cancel', 'unsubscribe'] as const;

/**
 * Observes a Node stream until it ends, fails, is closed or is cancelled. The caller receives the
 * same object without additional listeners: a listener of `data` would start the flow, one of
 * `error` would suppress an unhandled error. However it is consumed, it emits `data` for every
 * consumed item.
 */
export function observeReadable(
  source: Readable,
  recorder: CallRecorder,
  startedMs: number,
): Readable {
  const call = new OpenCall(recorder, startedMs);
  const emit = source.emit as Emit;
  const isObserved = replace(source, 'emit', function (this: unknown, event, ...args) {
    note(call, event, args[0]);
    return Reflect.apply(emit, this, [event, ...args]);
  } as Emit);
  if (source.errored != null) call.fail(source.errored);
  else if (source.readableEnded || source.destroyed) call.succeed(undefined);
  if (!isObserved) {
    call.succeed(undefined);
    return source;
  }
  for (const name of ENDING_METHODS) observeEnding(source, name, call);
  endWhenDropped(source, call);
  return source;
}

function note(call: OpenCall, event: string | symbol, value: unknown): void {
  switch (event) {
    case 'data':
      call.seen(value);
      return;
    case 'confirmation':
      call.begun();
      return;
    case 'error':
      if (isAbort(value)) call.succeed(undefined);
      else call.fail(value);
      return;
    case 'end':
    case 'close':
      call.succeed(undefined);
  }
}

/** Returns true for the error with which Node closes a stream whose consumer leaves early or aborts its signal. */
function isAbort(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null | undefined)?.code === 'ABORT_ERR';
}

function observeEnding(source: Readable, name: (typeof ENDING_METHODS)[number], call: OpenCall) {
  const method = (source as unknown as Record<string, unknown>)[name];
  if (typeof method !== 'function') return;
  replace(source, name, function (this: unknown, ...args: unknown[]) {
    call.succeed(undefined);
    return Reflect.apply(method, this, args) as unknown;
  });
}

function replace(source: object, name: string, value: Emit | AnyMethod): boolean {
  return Reflect.defineProperty(source, name, { value, writable: true, configurable: true });
}
