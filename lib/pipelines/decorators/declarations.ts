import { Inject, Optional } from '@nestjs/common';
import { prototypeOf } from '../../instrumentation/binding/bindings.js';
import { INSTRUMENTATION, Instrumentation } from '../../instrumentation/instrumentation.js';
import { ConfigurationError, type ConfigurationProblem } from '../../kernel/configuration-error.js';
import { sharedSymbol } from '../../kernel/peers/process-state.js';
import { nearestNames } from '../../options/nearest-names.js';
import type { Pipelines } from '../pipelines.js';

const APPLICATION: unique symbol = sharedSymbol('pipelines') as never;

/** Names under which a decorated method reports. */
export interface DecoratedNames {
  readonly pipeline: string;
  /** @defaultValue the method runs the pipeline */
  readonly stage?: string;
}

interface Declaration extends DecoratedNames {
  readonly target: object;
  readonly key: string | symbol;
  /** Decorator with its place. */
  readonly subject: string;
}

/** Application with instances that have decorated methods. */
interface DecoratedApplication {
  pipelines?: Pipelines;
  readonly declarations: Set<Declaration>;
}

const declarations = new WeakMap<object, Declaration[]>();
/** Applications by their instrumentation, which every module can inject, and the one that has made an instance. */
const applications = new WeakMap<Instrumentation, DecoratedApplication>();
const owners = new WeakMap<object, DecoratedApplication>();

/** Notes a decorated method of a class. */
export function declare(declaration: Declaration): void {
  const known = declarations.get(declaration.target) ?? [];
  declarations.set(declaration.target, [...known, declaration]);
}

/** Makes the injector tell every instance of a class, of any scope, to which application it belongs. */
export function receiveApplication(prototype: object): void {
  if (APPLICATION in prototype) return;
  Object.defineProperty(prototype, APPLICATION, {
    configurable: true,
    set(this: object, instrumentation: unknown) {
      // Without the module, `useMocker` of a test may inject an arbitrary mock.
      if (!(instrumentation instanceof Instrumentation)) return;
      const application = applicationOf(instrumentation);
      owners.set(this, application);
      for (const it of declarationsOf(this)) application.declarations.add(it);
    },
  });
  Inject(INSTRUMENTATION)(prototype, APPLICATION);
  Optional()(prototype, APPLICATION);
}

/** Lets the decorated methods of an application find its pipelines. */
export function connectPipelines(instrumentation: Instrumentation, pipelines: Pipelines): void {
  applicationOf(instrumentation).pipelines = pipelines;
}

/** Returns the pipelines of the application that has made an instance. */
export function pipelinesOf(instance: unknown): Pipelines | undefined {
  return typeof instance === 'object' && instance !== null
    ? owners.get(instance)?.pipelines
    : undefined;
}

/**
 * Checks the names of the decorated methods of an application.
 *
 * @param named - Pipelines that the application has named without a decorator.
 * @throws ConfigurationError `OBS_HANDLER_DUPLICATE`, `OBS_HANDLER_OPTION`
 */
export function assertDeclarations(
  instrumentation: Instrumentation,
  named: Iterable<string>,
): void {
  const all = [...applicationOf(instrumentation).declarations];
  const clashes = all.flatMap((it, i) => clashOf(it, all.slice(0, i).find(clashesWith(it))));
  if (clashes.length > 0) throw new ConfigurationError('OBS_HANDLER_DUPLICATE', ...clashes);
  const runs = all.filter(({ stage }) => stage === undefined);
  const known = [...new Set([...named, ...runs.map(({ pipeline }) => pipeline)])];
  const lost = all.filter(({ pipeline }) => !known.includes(pipeline));
  if (lost.length === 0) return;
  const problems = lost.map((it) => unknownPipeline(it, known));
  throw new ConfigurationError('OBS_HANDLER_OPTION', ...problems);
}

function clashesWith(one: Declaration) {
  return (other: Declaration) =>
    one.pipeline === other.pipeline && one.stage === other.stage && !isOverride(one, other);
}

/** Returns true if one of two methods takes the place of the other in a subclass. */
function isOverride(one: Declaration, other: Declaration): boolean {
  const areRelated =
    Object.prototype.isPrototypeOf.call(one.target, other.target) ||
    Object.prototype.isPrototypeOf.call(other.target, one.target);
  return one.key === other.key && areRelated;
}

function clashOf(
  { pipeline, stage, subject }: Declaration,
  other: Declaration | undefined,
): ConfigurationProblem[] {
  if (other === undefined) return [];
  const rule = `${other.subject} reports under the same name`;
  const remedy = 'Give each a name of its own.';
  return [{ subject, value: stage === undefined ? pipeline : { pipeline, stage }, rule, remedy }];
}

function unknownPipeline(
  { subject, pipeline }: Declaration,
  known: readonly string[],
): ConfigurationProblem {
  const [near] = nearestNames(pipeline, known);
  return {
    subject: `${subject}, pipeline`,
    value: pipeline,
    rule: 'must be the name of a pipeline that the application has when it starts',
    remedy:
      near === undefined
        ? `Put @Pipeline('${pipeline}') on the method that runs it, or name it by pipelines.pipeline() in a constructor.`
        : `Did you mean ${near}?`,
  };
}

function applicationOf(instrumentation: Instrumentation): DecoratedApplication {
  const known = applications.get(instrumentation);
  if (known !== undefined) return known;
  const made = { declarations: new Set<Declaration>() };
  applications.set(instrumentation, made);
  return made;
}

/** Returns the declarations of an instance: those of its class, then those of the classes above. */
function declarationsOf(instance: object): readonly Declaration[] {
  const found: Declaration[] = [];
  let prototype = prototypeOf(instance);
  while (prototype !== null) {
    const own = declarations.get(prototype) ?? [];
    found.push(...own.filter(({ key }) => !found.some((it) => it.key === key)));
    prototype = prototypeOf(prototype);
  }
  return found;
}
