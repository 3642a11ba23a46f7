import { OTHER } from '../../kernel/label.js';
import type { JobAttempt } from '../../kernel/observer.js';
import type { HandlerDecoration } from '../decorators/handler-decoration.js';
import type { BindingContext, BoundHandler, HandlerBinding } from './handler-binding.js';

/** Names under which jobs report: a name is renamed, left out (`undefined`), or one of those that are known from the start. */
export interface JobNames {
  /** Known names, whose series exist from the start. */
  readonly known: readonly string[];
  /** Maximum number of names of one handler; further names are `__other__`. */
  readonly limit: number;
  /** Returns the reported name of a job; `undefined` for a job that is not observed. */
  nameOf(name: string): string | undefined;
}

const ANY_NAME: JobNames = { known: [], limit: 100, nameOf: (name) => name };

/** Dependencies of a {@link QueuedHandler}. */
export interface QueuedHandlerDeps {
  readonly decoration: HandlerDecoration;
  readonly names: JobNames | undefined;
  readonly context: BindingContext;
  attempt(args: readonly unknown[], nowMs: number): JobAttempt | undefined;
  bind(name: string): HandlerBinding;
}

/** Handler of the jobs of a queue, with one binding per job name up to a limit. */
export class QueuedHandler implements BoundHandler {
  readonly decoration: HandlerDecoration;
  readonly #deps: QueuedHandlerDeps;
  readonly #names: JobNames;
  readonly #bindings = new Map<string, HandlerBinding>();
  #other: HandlerBinding | undefined;

  constructor(deps: QueuedHandlerDeps) {
    this.decoration = deps.decoration;
    this.#deps = deps;
    this.#names = deps.names ?? ANY_NAME;
    for (const name of this.#names.known) this.#bindings.set(name, deps.bind(name));
  }

  /** {@inheritDoc BoundHandler.select} A call that is no attempt at a job is not observed. */
  select(args: readonly unknown[]): HandlerBinding | undefined {
    const { clock, faults } = this.#deps.context;
    try {
      const attempt = this.#deps.attempt(args, clock.wallMs());
      if (attempt === undefined) return undefined;
      const name = this.#names.nameOf(attempt.name);
      if (name === undefined) return undefined;
      const binding = this.#bindings.get(name) ?? this.#bindingOf(name);
      binding.beginAttempt(attempt);
      return binding;
    } catch (fault) {
      faults.report('jobs', fault);
      return this.#otherBinding();
    }
  }

  #bindingOf(name: string): HandlerBinding {
    if (this.#bindings.size >= this.#names.limit) return this.#otherBinding();
    const binding = this.#deps.bind(name);
    this.#bindings.set(name, binding);
    return binding;
  }

  #otherBinding(): HandlerBinding {
    this.#other ??= this.#deps.bind(OTHER);
    return this.#other;
  }
}
