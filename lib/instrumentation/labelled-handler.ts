import type { Faults } from '../kernel/faults.js';
import { OTHER } from '../kernel/label.js';
import type { BoundHandler } from './bindings.js';
import type { HandlerBinding } from './handler-binding.js';
import type { LabelHook } from './handler-options.js';

/** The label names an application declares for its handlers, each with the values it can have. */
export type HandlerLabels = Readonly<Record<string, readonly string[]>>;

/** What a {@link LabelledHandler} is made of. */
export interface LabelledHandlerParts {
  readonly hooks: Readonly<Record<string, LabelHook>>;
  readonly declared: HandlerLabels;
  readonly faults: Faults;
  bind(labels: Readonly<Record<string, string>>): HandlerBinding;
}

/** A handler with one binding per combination of label values; all of them exist from start-up. */
export class LabelledHandler implements BoundHandler {
  readonly #parts: LabelledHandlerParts;
  readonly #bindings = new Map<string, HandlerBinding>();

  constructor(parts: LabelledHandlerParts) {
    this.#parts = parts;
    for (const labels of combinations(Object.keys(parts.hooks), parts.declared)) {
      this.#bindingOf(labels);
    }
  }

  /** {@inheritDoc BoundHandler.select} */
  select(args: readonly unknown[]): HandlerBinding {
    const labels: Record<string, string> = {};
    for (const name in this.#parts.hooks) labels[name] = this.#valueOf(name, args);
    return this.#bindingOf(labels);
  }

  #bindingOf(labels: Readonly<Record<string, string>>): HandlerBinding {
    // The values come from closed lists of non-empty strings, so a separator is enough.
    const key = Object.values(labels).join('\n');
    let binding = this.#bindings.get(key);
    if (binding === undefined) this.#bindings.set(key, (binding = this.#parts.bind(labels)));
    return binding;
  }

  #valueOf(name: string, args: readonly unknown[]): string {
    const { hooks, declared, faults } = this.#parts;
    try {
      const value = hooks[name]?.(...args) as string;
      return declared[name]?.includes(value) ? value : OTHER;
    } catch (fault) {
      faults.report('labels', fault);
      return OTHER;
    }
  }
}

function combinations(names: readonly string[], declared: HandlerLabels): Record<string, string>[] {
  return names.reduce<Record<string, string>[]>(
    (found, name) =>
      found.flatMap((labels) =>
        (declared[name] ?? []).map((value) => ({ ...labels, [name]: value })),
      ),
    [{}],
  );
}
