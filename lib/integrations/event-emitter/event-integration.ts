import { AsyncLocalStorage } from 'node:async_hooks';
import 'reflect-metadata';
import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
import { MethodOverrides } from '../../instrumentation/calls/method-overrides.js';
import {
  type AnyFunction,
  takeIdentity,
} from '../../instrumentation/decorators/function-identity.js';
import type { HandlerBinding } from '../../instrumentation/binding/handler-binding.js';
import type { Capability } from '../../kernel/capability.js';
import { notify } from '../../kernel/hooks.js';
import { sharedState } from '../../kernel/peers/process-state.js';
import { MessageCall, type OpenMessages, runMessage } from '../../messages/message-call.js';
import { patternName } from '../../messages/message-pattern.js';
import type { Messages } from '../../messages/messages.js';

// Metadata key of `@OnEvent`, which the package does not export.
const LISTENER = 'EVENT_LISTENER_METADATA';

/** Delivery of an event to one listener, which calls one method. */
interface Delivery {
  readonly binding: HandlerBinding;
  readonly open: OpenMessages;
  isTaken: boolean;
}

const deliveries = sharedState('event-deliveries', () => new AsyncLocalStorage<Delivery>());
const observed = sharedState('event-listeners', () => new WeakSet<AnyFunction>());

/** Part of `@nestjs/event-emitter` that registers the listeners. */
interface Loader {
  readonly eventEmitter: object;
}

/** Dependencies of an {@link EventIntegration}. */
export interface EventDeps {
  readonly messages: Messages;
  readonly open: OpenMessages;
}

/**
 * Observes the methods with `@OnEvent` of `@nestjs/event-emitter` in one application. The package swallows the errors of
 * listeners, so they are observed within; which event a listener is for is known where the package registers it.
 */
export class EventIntegration implements Capability {
  readonly name = 'events';
  readonly #deps: EventDeps;
  readonly #modules: Modules;
  readonly #overrides = new MethodOverrides();

  constructor(deps: EventDeps, modules: Modules) {
    this.#deps = deps;
    this.#modules = modules;
    this.#observeMethods();
  }

  /** {@inheritDoc Capability.init} The package registers listeners while the application bootstraps. */
  init(): void {
    const { faults } = this.#deps.messages;
    this.#observeMethods();
    for (const it of loadersOf(this.#modules))
      notify(faults, 'messages', () =>
        this.#overrides.field(it, 'eventEmitter', this.#registering(it.eventEmitter)),
      );
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    this.#overrides.release();
  }

  #observeMethods(): void {
    const { faults } = this.#deps.messages;
    for (const { providers, controllers } of this.#modules)
      for (const { metatype, instance } of [...providers.values(), ...controllers.values()])
        notify(faults, 'messages', () => {
          observeMethods((metatype as { prototype?: unknown } | null)?.prototype);
          if (typeof instance === 'object' && instance !== null)
            observeMethods(Object.getPrototypeOf(instance));
        });
  }

  /** The emitter as the package sees it: listeners know the event that they are registered for. */
  #registering(emitter: object): object {
    return new Proxy(emitter, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        const method = value as AnyFunction;
        if (key !== 'on' && key !== 'prependListener') return method.bind(target);
        return (event: unknown, listener: AnyFunction, ...rest: unknown[]) =>
          method.call(target, event, this.#delivering(event, listener), ...rest);
      },
    });
  }

  #delivering(event: unknown, listener: AnyFunction): AnyFunction {
    const { messages, open } = this.#deps;
    const pattern = Array.isArray(event) ? event.map(patternName).join('.') : patternName(event);
    const route = { transport: 'event_emitter', pattern, side: 'server' } as const;
    const binding = messages.bindingOf(route);
    if (binding === undefined) return listener;
    return (...args) => deliveries.run({ binding, open, isTaken: false }, () => listener(...args));
  }
}

/** Returns true if an application has listeners of events. */
export function hasListeners(modules: Modules): boolean {
  for (const { metatype } of modules) if (metatype.name === 'EventEmitterModule') return true;
  return false;
}

function loadersOf(modules: Modules): Loader[] {
  const found: Loader[] = [];
  for (const { providers } of modules)
    for (const [token, { instance }] of providers) {
      const isLoader = typeof token === 'function' && token.name === 'EventSubscribersLoader';
      const { eventEmitter } = (instance ?? {}) as Partial<Loader>;
      if (isLoader && typeof eventEmitter === 'object') found.push(instance as Loader);
    }
  return found;
}

function observeMethods(prototype: unknown): void {
  if (typeof prototype !== 'object' || prototype === null || prototype === Object.prototype) return;
  for (const key of Reflect.ownKeys(prototype)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(prototype, key);
    const value: unknown = descriptor?.value;
    if (typeof value !== 'function' || !Reflect.hasMetadata(LISTENER, value)) continue;
    if (observed.has(value as AnyFunction) || descriptor?.configurable !== true) continue;
    const replaced = observedMethod(value as AnyFunction);
    Object.defineProperty(prototype, key, { ...descriptor, value: replaced });
  }
  observeMethods(Object.getPrototypeOf(prototype));
}

/** Returns a method that is observed while the package delivers an event to it. */
function observedMethod(original: AnyFunction): AnyFunction {
  const { listener } = {
    listener(this: unknown, ...args: unknown[]): unknown {
      const run = () => Reflect.apply(original, this, args) as unknown;
      const delivery = deliveries.getStore();
      if (delivery === undefined || delivery.isTaken) return run();
      delivery.isTaken = true;
      return runMessage(new MessageCall(delivery.binding, args, delivery.open), run);
    },
  };
  takeIdentity(listener, original);
  observed.add(listener);
  return listener;
}
