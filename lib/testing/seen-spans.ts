import assert from 'node:assert/strict';
import type { StoredSpan } from '../tracing/store/stored-trace.js';

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
