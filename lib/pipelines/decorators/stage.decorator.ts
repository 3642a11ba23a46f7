import { assertIsCalled } from '../../instrumentation/decorators/handler-target.js';
import { group } from '../../options/description.js';
import { oneOf, text } from '../../options/standard-options.js';
import { STEP_TYPES, type StepType } from '../step.js';
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
 * @throws ConfigurationError `OBS_HANDLER_TARGET`, `OBS_HANDLER_OPTION` for an invalid option; when the application starts
 * `OBS_HANDLER_OPTION` for a pipeline that it does not have, `OBS_HANDLER_DUPLICATE` for a second method with the names.
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
export function Stage(options: StageOptions): MethodDecorator {
  assertIsCalled('@Stage', options);
  const { pipeline, name, type = 'map' } = options;
  return decoratePipelineMethod({
    decorator: '@Stage',
    options,
    description,
    names: (method) => ({ pipeline, stage: name ?? method }),
    observe: (flow, method, { stage = '' }) => {
      const call = flow.step(stage, method as (...args: never[]) => unknown, { type });
      return (self, args) => Reflect.apply(call, self, args as never[]);
    },
  });
}

const description = group<StageOptions>(
  {
    pipeline: text(undefined, { required: true, remedy: "Pass something like 'trades'." }),
    name: text(undefined, { remedy: 'Shorten it, or leave it out for the name of the method.' }),
    type: oneOf(STEP_TYPES),
  },
  { rule: 'an object of options', remedy: "Pass something like { pipeline: 'trades' }." },
);
