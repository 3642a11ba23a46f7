import type { Handler } from '../../instrumentation/binding/handler-inventory.js';
import {
  decoratedPrototypes,
  type Decoration,
  ownDecorations,
} from '../../instrumentation/decorators/handler-decoration.js';
import { methodName } from '../../instrumentation/decorators/handler-name.js';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import type { ObservabilityRuntime } from '../observability-runtime.js';
import type { HandlerDiagnosis } from './diagnosis.js';

/** Inputs of a diagnosis. */
export interface DiagnosisInputs {
  readonly runtime: ObservabilityRuntime;
  readonly handlers: readonly Handler[];
  readonly unbound: readonly HandlerDiagnosis[];
}

const NAMES_SHOWN = 5;

/** Collects the inputs without side effects. */
export function collectDiagnosisInputs(runtime: ObservabilityRuntime): DiagnosisInputs {
  const handlers = runtime.instrumentation.inventory.list();
  return { runtime, handlers, unbound: [...unboundHandlers(runtime)] };
}

/** Returns the decorated methods of one kind outside the application. */
export function unboundOf({ unbound }: DiagnosisInputs, kind: string): readonly string[] {
  return unbound.filter((it) => it.kind === kind).map((it) => it.method);
}

/** Returns the handlers of one kind. */
export function handlersOf({ handlers }: DiagnosisInputs, kind: HandlerKind): readonly Handler[] {
  return handlers.filter((it) => it.kind === kind);
}

/** Returns class and method of a handler. */
export function methodOf({ handlerClass, decoration }: Handler): string {
  return `${handlerClass.name}.${methodName(decoration.key)}`;
}

/** Formats several names for a message. */
export function listed(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function* unboundHandlers(runtime: ObservabilityRuntime): Iterable<HandlerDiagnosis> {
  for (const prototype of decoratedPrototypes()) {
    if (runtime.instrumentation.knowsClass(prototype)) continue;
    const own = ownDecorations(prototype).filter((it) => it.discovered !== true);
    for (const decoration of own) yield describeUnbound(prototype, decoration);
  }
}

function describeUnbound(prototype: object, { kind, key }: Decoration): HandlerDiagnosis {
  const { name } = prototype.constructor as { readonly name: unknown };
  return {
    kind: kind === 'event_store' ? kind : kind.name,
    method: `${String(name)}.${methodName(key)}`,
    unbound:
      'No provider or controller of this application is of this class: add it to a module. ' +
      'What is made with new is not observed, unless a provider hands it out.',
  };
}
