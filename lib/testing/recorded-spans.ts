import assert from 'node:assert/strict';
import { sharedSymbol } from '../kernel/peers/process-state.js';
import { foreignProvider } from '../tracing/start-up/sdk/otel-globals.js';
import { loadTracePeers } from '../tracing/start-up/sdk/trace-peers.js';
import { copySpan, type EndedSpan } from '../tracing/store/memory/span-copy.js';
import type { StoredSpan } from '../tracing/store/stored-trace.js';

const RECORDER: unique symbol = sharedSymbol('span-recorder') as never;

// Longest text of a span that a test reads.
const MAX_TEXT = 65_536;

type Listener = (span: EndedSpan) => void;

/** Receives the spans of the process while a test listens. OpenTelemetry has one tracer provider per process. */
export interface SpanRecorder {
  readonly listeners: Set<Listener>;
}

/**
 * Returns the recorder of the process, and registers its tracer provider first.
 *
 * @throws Error that names the missing packages, or the provider that something else has registered.
 */
export async function spanRecorder(): Promise<SpanRecorder> {
  const place = globalThis as { [RECORDER]?: Promise<SpanRecorder> };
  place[RECORDER] ??= register();
  return await place[RECORDER];
}

async function register(): Promise<SpanRecorder> {
  const foreign = foreignProvider();
  if (foreign !== undefined)
    throw new Error(
      `the process has a tracer provider already: ${foreign}. Record with its exporter.`,
    );
  const listeners = new Set<Listener>();
  const peers = await loadTracePeers({ exporters: [] });
  const { registerWithOtel } = await import('../tracing/start-up/sdk/otel-registration.js');
  const done = async () => {};
  const recorder = {
    onStart: () => {},
    onEnd: (span: EndedSpan) => listeners.forEach((it) => it(span)),
    forceFlush: done,
    shutdown: done,
  };
  const { sdk, resources } = peers;
  const provider = sdk.createProvider({
    resource: resources.defaultResource(),
    sampler: new sdk.samplers.AlwaysOnSampler(),
    spanLimits: {},
    spanProcessors: [recorder],
  });
  registerWithOtel(provider, ['tracecontext', 'baggage'], peers);
  return { listeners };
}

/** Collects the spans that end from now on. */
export function recordSpans({ listeners }: SpanRecorder): { readonly end: () => StoredSpan[] } {
  const spans: EndedSpan[] = [];
  const listener: Listener = (span) => void spans.push(span);
  listeners.add(listener);
  return {
    end: () => {
      listeners.delete(listener);
      return spans.map((it) => copySpan(it, MAX_TEXT));
    },
  };
}

/** Spans that ended during some work. */
export class SeenSpans {
  /** The spans, in the order in which they ended. */
  readonly list: readonly StoredSpan[];

  /** @internal */
  constructor(list: readonly StoredSpan[]) {
    this.list = list;
  }

  /** Returns the spans of a name. */
  named(name: string): readonly StoredSpan[] {
    return this.list.filter((it) => it.name === name);
  }

  /**
   * Requires that spans follow each other: each one is a child of the one before it, or is linked to it.
   *
   * @param path - Names of spans, separated by ` > `: `POST /orders > command PlaceOrder > event_store append`.
   * @throws AssertionError which shows the spans as a tree.
   */
  tree(path: string): void {
    const names = path.split('>').map((it) => it.trim());
    const [first = '', ...rest] = names;
    let reached = this.named(first);
    let at = first;
    for (const name of rest) {
      if (reached.length === 0) break;
      const parents = new Set(reached.map(({ spanId }) => spanId));
      const follows = (it: StoredSpan) =>
        parents.has(it.parentSpanId ?? '') || it.links.some(({ spanId }) => parents.has(spanId));
      at = name;
      reached = this.named(name).filter(follows);
    }
    if (reached.length > 0) return;
    const message = [`No span ${at} at its place in ${path}. The spans are:`, String(this)].join(
      '\n',
    );
    throw new assert.AssertionError({ message, actual: String(this), expected: path });
  }

  /** Returns the spans as an indented list. */
  toString(): string {
    const ids = new Set(this.list.map(({ spanId }) => spanId));
    const roots = this.list.filter(({ parentSpanId }) => !ids.has(parentSpanId ?? ''));
    return roots.length === 0 ? '  none' : roots.flatMap((it) => this.#lines(it, 1)).join('\n');
  }

  #lines(span: StoredSpan, depth: number): string[] {
    const children = this.list.filter(({ parentSpanId }) => parentSpanId === span.spanId);
    const mark = span.status.code === 'error' ? ' (error)' : '';
    return [
      `${'  '.repeat(depth)}${span.name}${mark}`,
      ...children.flatMap((it) => this.#lines(it, depth + 1)),
    ];
  }
}
