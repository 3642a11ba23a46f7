import type { Clock } from './clock.js';
import { readOwnWithoutGetters } from './hooks.js';
import type { ErrorClassifier } from './errors/error-classification.js';
import type { Faults } from './faults.js';
import { sharedSymbol } from './peers/process-state.js';

/** Shared dependencies of the objects of one application. */
export interface ApplicationContext {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly classifier: ErrorClassifier;
  /** Returns true for a path below which a plugin answers: its requests are no traffic of the application. */
  servesItself?(path: string): boolean;
}

/** Receives the context of the application that owns the object. */
type Adoption = (context: ApplicationContext) => void;

const ADOPT: unique symbol = sharedSymbol('receives-context') as never;
const CONTEXT: unique symbol = sharedSymbol('application-context') as never;

/**
 * Makes an object that the application constructs itself, such as an interceptor in `main.ts`, accept the application
 * context.
 *
 * @param adopt - Called with the context when the application starts.
 */
export function receivesContext(target: object, adopt: Adoption): void {
  Object.defineProperty(target, ADOPT, { value: adopt });
}

/** Passes the context to an object that accepts it. Any other value is ignored, and none of its code runs. */
export function giveContext(target: unknown, context: ApplicationContext): void {
  const adopt = readOwnWithoutGetters(target, ADOPT);
  if (typeof adopt === 'function') (adopt as Adoption)(context);
}

/** Attaches the context to an object that represents the application, such as its HTTP server. */
export function attachContext(place: object, context: ApplicationContext): void {
  Object.defineProperty(place, CONTEXT, { value: context, configurable: true });
}

/** Returns the attached context; `undefined` in an application without the module. */
export function attachedContext(place: unknown): ApplicationContext | undefined {
  return (place as { [CONTEXT]?: ApplicationContext } | null | undefined)?.[CONTEXT];
}
