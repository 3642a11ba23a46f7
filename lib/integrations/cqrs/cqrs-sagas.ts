import 'reflect-metadata';
import { tap } from 'rxjs';
import { classNameOf, namingProblem } from '../../instrumentation/decorators/class-name.js';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import type { HandlerBinding } from '../../instrumentation/binding/handler-binding.js';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import { projectionKind } from '../../kinds/projection.decorator.js';
import type { MessageBus } from './cqrs-buses.js';
import { type MessageClass, SAGAS } from './cqrs-role.js';
import type { CqrsSelection } from './cqrs-selection.js';
import type { MethodOverrides } from '../../instrumentation/calls/method-overrides.js';
import { type EventSource, withSource } from './saga-events.js';

/** Dependencies of {@link observeSagas}. */
export interface SagaDeps {
  readonly instrumentation: Instrumentation;
  readonly selection: CqrsSelection;
  readonly overrides: MethodOverrides;
  /** Classes of the observed sagas by name. */
  readonly names: Map<string, MessageClass>;
}

/**
 * Observes each saga of a provider as a projection `Class.method` that handles the events which it answers with a
 * command.
 */
export function observeSagas(instance: unknown, deps: SagaDeps): void {
  const { instrumentation, selection, overrides } = deps;
  const sagaClass = (instance as object | null | undefined)?.constructor as
    MessageClass | undefined;
  if (typeof sagaClass !== 'function') return;
  const keys = (Reflect.getMetadata(SAGAS, sagaClass) ?? []) as readonly string[];
  for (const key of keys) {
    if (!selection.accepts(sagaClass, [])) return;
    const name = sagaName(sagaClass, key, deps.names);
    const saga = { kind: projectionKind, name, labels: {} };
    const binding = instrumentation.bindWork(saga, { isTraced: false });
    if (binding === undefined) return;
    overrides.replace(instance as object, key, (saga) => observed(saga, binding));
  }
}

/** @throws ConfigurationError `OBS_HANDLER_OPTION` for a class that a tool named, `OBS_HANDLER_DUPLICATE` for two of one name. */
function sagaName(sagaClass: MessageClass, key: string, names: Map<string, MessageClass>): string {
  const given = classNameOf(sagaClass);
  const name = `${given.name}.${key}`;
  if (given.madeBy !== undefined) {
    const remedy = 'Name the class, and let the bundler keep names.';
    const problem = { ...namingProblem(`@Saga on ${name}`, given), remedy };
    throw new ConfigurationError('OBS_HANDLER_OPTION', problem);
  }
  const known = names.get(name) ?? sagaClass;
  names.set(name, known);
  if (known === sagaClass) return name;
  throw new ConfigurationError('OBS_HANDLER_DUPLICATE', {
    subject: 'saga name',
    value: name,
    rule: 'two classes of this name have a saga of this name',
    remedy: 'Give one of the classes or sagas another name, or list its class in cqrs.exclude.',
  });
}

/** Wraps a saga, which the bus calls once for its stream of commands. */
function observed(saga: AnyFunction, binding: HandlerBinding): AnyFunction {
  return function (this: unknown, events, ...rest) {
    const reaction = new Reaction(binding);
    const commands: unknown = saga.call(this, reaction.watched(events), ...rest);
    return isPipeable(commands) ? commands.pipe(reaction.toCommands()) : commands;
  };
}

/** Assigns the commands of a saga to the event being delivered, or to none when they are emitted later. */
class Reaction {
  readonly #binding: HandlerBinding;
  #deliveredMs: number | undefined;

  constructor(binding: HandlerBinding) {
    this.#binding = binding;
  }

  /** Returns the events, and records the delivery time of each. */
  watched(events: unknown): unknown {
    const bus = events as MessageBus;
    const source = bus.source as EventSource | undefined;
    if (typeof source?.subscribe !== 'function') return events;
    return withSource(bus, source, (event, next) => {
      // A command may publish further events before this event has produced its next command.
      const outer = this.#deliveredMs;
      this.#deliveredMs = this.#binding.start();
      // An event may have no command or many; each answer counts as one call.
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
        // The bus skips falsy commands too.
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
