import {
  type AnyFunction,
  copyIdentity,
} from '../../instrumentation/decorators/function-identity.js';
import { methodName } from '../../instrumentation/decorators/handler-name.js';
import { assertHandlerTarget, subjectOf } from '../../instrumentation/decorators/handler-target.js';
import { assertOptions } from '../../options/assert-options.js';
import type { OptionDescription } from '../../options/description.js';
import type { EventPipeline } from '../event-pipeline.js';
import type { Pipelines } from '../pipelines.js';
import { declare, type DecoratedNames, pipelinesOf, receiveApplication } from './declarations.js';

/** Decorator of methods that work for a pipeline. */
export interface PipelineDecorator {
  readonly decorator: '@Pipeline' | '@Stage';
  /** Options of the application with their description. */
  readonly options: object;
  readonly description: OptionDescription;
  /** Returns the names under which a method reports. */
  names(method: string): DecoratedNames;
  /** Returns the method as a pipeline observes it. */
  observe(flow: EventPipeline, method: AnyFunction, names: DecoratedNames): Observed;
}

type Observed = (self: unknown, args: readonly unknown[]) => unknown;

/** Makes a decorator whose methods are observed on the instances of an application with the plugin, and plain on others. */
export function decoratePipelineMethod(made: PipelineDecorator): MethodDecorator {
  return (target: object, key: string | symbol, descriptor?: PropertyDescriptor) => {
    const method = descriptor?.value as AnyFunction;
    const subject = `${made.decorator} on ${subjectOf(target, key)}`;
    assertHandlerTarget({ target, key, method }, subject);
    assertOptions({ subject, code: 'OBS_HANDLER_OPTION' }, made.description, made.options);
    const names = made.names(methodName(key));
    declare({ target, key, subject, ...names });
    receiveApplication(target);
    const observed = new WeakMap<Pipelines, Observed>();
    const { wrapper } = {
      wrapper(this: unknown, ...args: unknown[]): unknown {
        const all = pipelinesOf(this);
        if (all === undefined) return Reflect.apply(method, this, args);
        let call = observed.get(all);
        if (call === undefined) {
          call = made.observe(all.pipeline(names.pipeline), method, names);
          observed.set(all, call);
        }
        return call(this, args);
      },
    };
    copyIdentity(wrapper, method);
    return { ...descriptor, value: wrapper } as never;
  };
}
