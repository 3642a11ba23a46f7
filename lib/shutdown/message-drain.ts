import type { ModulesContainer } from '@nestjs/core';
import type { CallRecorder } from '../instrumentation/calls/call-recorder.js';
import { type AnyFunction, takeIdentity } from '../instrumentation/decorators/function-identity.js';
import { observeResult } from '../instrumentation/results/result-observer.js';
import type { Capability } from '../kernel/capability.js';
import { ifMissing } from '../kernel/peers/optional-peer.js';
import type { Drain, DrainPhase } from './drain.js';
import type { NewWork } from './drain-options.js';
import type { WorkInFlight } from './in-flight-work.js';
import { confirmReplies } from './rabbitmq-replies.js';

// Metadata key of `@MessagePattern` and `@EventPattern`, which Nest does not export.
const PATTERN = 'microservices:pattern';
const REFUSAL = { status: 'error', statusCode: 503, message: 'Service Unavailable' };

/** Applications that have a message handler, by the method of its class. */
const applicationsOf = new WeakMap<AnyFunction, Set<MessageDrain>>();

/** Dependencies of a {@link MessageDrain}. */
export interface MessageDrainDeps {
  readonly drain: Drain;
  readonly modules: ModulesContainer;
}

/**
 * Delays the drain for the message handlers in progress, and refuses further messages as HTTP requests are refused. Nest
 * reads handlers from the prototypes of controllers, so these are replaced before.
 */
export class MessageDrain implements Capability, WorkInFlight {
  readonly name = 'messages';
  readonly #deps: MessageDrainDeps;
  readonly #handlers = new Set<Set<MessageDrain>>();
  readonly #instances = new WeakSet<object>();
  #open = 0;
  #isRefusing = false;
  #refusal: (() => Error) | undefined;

  constructor(deps: MessageDrainDeps) {
    this.#deps = deps;
    const { drain } = deps;
    if (drain.options === false) return;
    this.#follow();
    if (this.#handlers.size === 0) return;
    drain.works.add(this);
    drain.onPhase((phase, newWork) => this.#enter(phase, newWork));
  }

  /** {@inheritDoc Capability.init} */
  async init(): Promise<void> {
    for (const it of this.#handlers) it.add(this);
    if (this.#handlers.size === 0) return;
    const peer = await importMicroservices();
    if (peer === undefined) return;
    this.#refusal = () => new peer.RpcException(REFUSAL);
    confirmReplies(peer.ServerRMQ);
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    for (const it of this.#handlers) it.delete(this);
    this.#isRefusing = false;
  }

  /** {@inheritDoc WorkInFlight.count} */
  count(): number {
    return this.#open;
  }

  /** Runs a handler until the end of its result. */
  run(handler: () => unknown): unknown {
    if (this.#isRefusing && this.#refusal !== undefined) throw this.#refusal();
    this.#open++;
    try {
      return observeResult(handler(), this.#recorder, 0);
    } catch (error) {
      this.#open--;
      throw error;
    }
  }

  /** Returns true for a controller of this application. */
  owns(instance: object): boolean {
    if (this.#instances.has(instance)) return true;
    for (const { controllers } of this.#deps.modules.values())
      for (const it of controllers.values())
        if (typeof it.instance === 'object' && it.instance !== null)
          this.#instances.add(it.instance);
    return this.#instances.has(instance);
  }

  readonly #recorder: CallRecorder = {
    start: () => 0,
    succeed: () => void this.#open--,
    fail: () => void this.#open--,
    abandon: () => void this.#open--,
    run: (work) => work(),
    again: () => {
      this.#open++;
      return this.#recorder;
    },
  };

  #enter(phase: DrainPhase, newWork: NewWork): void {
    this.#isRefusing = phase === 'drained' || (phase === 'draining' && newWork === 'refuse');
  }

  #follow(): void {
    for (const { controllers } of this.#deps.modules.values())
      for (const { metatype } of controllers.values())
        if (typeof metatype === 'function') this.#followClass(metatype.prototype as object | null);
  }

  #followClass(prototype: object | null): void {
    if (prototype === null || prototype === Object.prototype) return;
    for (const key of Reflect.ownKeys(prototype)) {
      const { value, writable } = Reflect.getOwnPropertyDescriptor(prototype, key) ?? {};
      if (typeof value !== 'function' || !Reflect.hasMetadata(PATTERN, value)) continue;
      const known = applicationsOf.get(value as AnyFunction);
      if (known === undefined && writable !== true) continue;
      const applications = known ?? replace(prototype, key, value as AnyFunction);
      applications.add(this);
      this.#handlers.add(applications);
    }
    this.#followClass(Object.getPrototypeOf(prototype) as object | null);
  }
}

/** Replaces a handler by one that tells the applications of its controller. */
function replace(prototype: object, key: PropertyKey, original: AnyFunction): Set<MessageDrain> {
  const applications = new Set<MessageDrain>();
  const { observed } = {
    observed(this: unknown, ...args: unknown[]): unknown {
      const run = () => Reflect.apply(original, this, args);
      const application = ownerOf(this, applications);
      return application === undefined ? run() : application.run(run);
    },
  };
  takeIdentity(observed, original);
  applicationsOf.set(observed, applications);
  const descriptor = Reflect.getOwnPropertyDescriptor(prototype, key);
  Reflect.defineProperty(prototype, key, { ...descriptor, value: observed });
  return applications;
}

/** Returns the application of a controller. One that Nest makes for a request belongs to the latest application. */
function ownerOf(
  controller: unknown,
  applications: ReadonlySet<MessageDrain>,
): MessageDrain | undefined {
  if (applications.size < 2 || typeof controller !== 'object' || controller === null)
    return [...applications][0];
  const all = [...applications];
  return all.find((it) => it.owns(controller)) ?? all.at(-1);
}

interface Microservices {
  readonly RpcException: new (error: object) => Error;
  readonly ServerRMQ?: { readonly prototype: object };
}

async function importMicroservices(): Promise<Microservices | undefined> {
  try {
    return await import('@nestjs/microservices');
  } catch (error) {
    return ifMissing(error, '@nestjs/microservices');
  }
}
