import { Inject, Optional } from '@nestjs/common';
import {
  type AnyFunction,
  copyIdentity,
} from '../../instrumentation/decorators/function-identity.js';
import { assertHandlerTarget, subjectOf } from '../../instrumentation/decorators/handler-target.js';
import { sharedSymbol } from '../../kernel/peers/process-state.js';
import type { EventPipeline } from '../event-pipeline.js';
import { Pipelines } from '../pipelines.js';

const PIPELINES: unique symbol = sharedSymbol('pipelines') as never;

/** Pipelines of the application that has made an instance. */
const owners = new WeakMap<object, Pipelines>();

/** Returns the method as a pipeline observes it. */
export type Observation = (
  flow: EventPipeline,
  method: AnyFunction,
) => (self: unknown, args: readonly unknown[]) => unknown;

/** Makes a decorator whose methods are observed on the instances of an application with the plugin, and plain on others. */
export function decoratePipelineMethod(
  decorator: string,
  pipeline: string,
  observe: Observation,
): MethodDecorator {
  return (target: object, key: string | symbol, descriptor?: PropertyDescriptor) => {
    const method = descriptor?.value as AnyFunction;
    assertHandlerTarget({ target, key, method }, `${decorator} on ${subjectOf(target, key)}`);
    receivePipelines(target);
    const observed = new WeakMap<Pipelines, ReturnType<Observation>>();
    const { wrapper } = {
      wrapper(this: unknown, ...args: unknown[]): unknown {
        const all = typeof this === 'object' && this !== null ? owners.get(this) : undefined;
        if (all === undefined) return Reflect.apply(method, this, args);
        let call = observed.get(all);
        if (call === undefined) {
          call = observe(all.pipeline(pipeline), method);
          observed.set(all, call);
        }
        return call(this, args);
      },
    };
    copyIdentity(wrapper, method);
    return { ...descriptor, value: wrapper } as never;
  };
}

/** Makes the injector pass the pipelines of the application to every instance that it creates. */
function receivePipelines(prototype: object): void {
  if (PIPELINES in prototype) return;
  Object.defineProperty(prototype, PIPELINES, {
    configurable: true,
    set(this: object, pipelines: unknown) {
      // Without the plugin, `useMocker` of a test may inject an arbitrary mock.
      if (pipelines instanceof Pipelines) owners.set(this, pipelines);
    },
  });
  Inject(Pipelines)(prototype, PIPELINES);
  Optional()(prototype, PIPELINES);
}
