import 'reflect-metadata';
import { tap } from 'rxjs';
import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import type { HandlerBinding } from '../../instrumentation/binding/handler-binding.js';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import type { MessageBus } from './cqrs-buses.js';
import { type MessageClass, SAGAS } from './cqrs-role.js';
import type { CqrsSelection } from './cqrs-selection.js';
import type { MethodOverrides } from './method-overrides.js';
import { type EventSource, withSource } from './saga-events.js';

/** What sagas report to. */
export interface SagaDeps {
  readonly instrumentation: Instrumentation;
  readonly selection: CqrsSelection;
  readonly overrides: MethodOverrides;
}

/** Observes the sagas of a provider, each as a projection `Class.method`: the events that it answers with a command. */
export function observeSagas(instance: unknown, parts: SagaDeps): void {
  const { instrumentation, selection, overrides } = parts;
  const sagaClass = (instance as object | null | undefined)?.constructor as
    MessageClass | undefined;
  if (typeof sagaClass !== 'function') return;
  const keys = (Reflect.getMetadata(SAGAS, sagaClass) ?? []) as readonly string[];
  for (const key of keys) {
    if (!selection.accepts(sagaClass, [])) return;
    const binding = instrumentation.bindNamed('projection', `${sagaClass.name}.${key}`);
    if (binding === undefined) return;
    overrides.replace(instance as object, key, (saga) => observed(saga, binding));
  }
}

/** The bus asks for the commands of a saga once. */
function observed(saga: AnyFunction, binding: HandlerBinding): AnyFunction {
  return function (this: unknown, events, ...rest) {
    const reaction = new Reaction(binding);
    const commands: unknown = saga.call(this, reaction.watched(events), ...rest);
    return isPipeable(commands) ? commands.pipe(reaction.toCommands()) : commands;
  };
}

/** Which of a saga's commands answer the event that is being delivered, and which come later. */
class Reaction {
  readonly #binding: HandlerBinding;
  #deliveredMs: number | undefined;

  constructor(binding: HandlerBinding) {
    this.#binding = binding;
  }

  /** The events, each with the time of its delivery. */
  watched(events: unknown): unknown {
    const bus = events as MessageBus;
    const source = bus.source as EventSource | undefined;
    if (typeof source?.subscribe !== 'function') return events;
    return withSource(bus, source, (event, next) => {
      // What a command does may publish a further event, before the next command of this one.
      const outer = this.#deliveredMs;
      this.#deliveredMs = this.#binding.start();
      // An event may have no command or many: each answer is a handling of its own.
      this.#binding.abandon();
      try {
        next(event);
      } finally {
        this.#deliveredMs = outer;
      }
    });
  }

  toCommands() {
    return tap({
      next: (command: unknown) => {
        // The bus passes over these, too.
        if (command) this.#answered();
      },
      error: (error: unknown) => this.#broken(error),
    });
  }

  #answered(): void {
    if (this.#deliveredMs === undefined) {
      this.#binding.endUntimed();
      return;
    }
    this.#binding.start();
    this.#binding.succeed(this.#deliveredMs, undefined);
  }

  #broken(thrown: unknown): void {
    if (this.#deliveredMs !== undefined) this.#binding.start();
    if (this.#deliveredMs === undefined) this.#binding.endUntimed({ thrown });
    else this.#binding.fail(this.#deliveredMs, thrown);
  }
}

interface Pipeable {
  pipe(operator: unknown): unknown;
}

function isPipeable(value: unknown): value is Pipeable {
  return typeof (value as Partial<Pipeable> | null | undefined)?.pipe === 'function';
}
