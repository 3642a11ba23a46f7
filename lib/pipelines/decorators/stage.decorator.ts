import { assertIsCalled } from '../../instrumentation/decorators/handler-target.js';
import type { StepType } from '../step.js';
import { decoratePipelineMethod } from './decorated-method.js';

/** Options of {@link Stage}. */
export interface StageOptions {
  /** Value of the label `pipeline`, 1 to 128 characters with low cardinality. */
  readonly pipeline: string;
  /** Value of the label `stage`, 1 to 128 characters with low cardinality. @defaultValue the name of the method */
  readonly name?: string;
  /** A filter counts as out what it lets pass. @defaultValue 'map' */
  readonly type?: StepType;
}

/**
 * Measures each call of a method as the work of a stage on one event, its first argument: in loops, `eachMessage` of Kafka,
 * handlers of messages.
 *
 * @throws ConfigurationError `OBS_HANDLER_TARGET`
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { Stage } from '@eventcore/nestjs-observability/pipelines';
 *
 * @Injectable()
 * export class Store {
 *   readonly prices: number[] = [];
 *
 *   @Stage({ pipeline: 'trades', type: 'sink' })
 *   async store(trade: { readonly price: number }) {
 *     this.prices.push(trade.price);
 *   }
 * }
 * ```
 */
export function Stage({ pipeline, name, type = 'map' }: StageOptions): MethodDecorator {
  assertIsCalled('@Stage', pipeline);
  return (target: object, key: string | symbol, descriptor: PropertyDescriptor) => {
    const stage = name ?? String(typeof key === 'symbol' ? key.description : key);
    const decorate = decoratePipelineMethod('@Stage', pipeline, (flow, method) => {
      const call = flow.step(stage, method as (...args: never[]) => unknown, { type });
      return (self, args) => Reflect.apply(call, self, args as never[]);
    });
    return decorate(target, key, descriptor) as never;
  };
}
