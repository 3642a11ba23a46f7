import type { Clock } from './clock.js';
import { readOwnWithoutGetters } from './safe-property.js';
import type { ErrorClassifier } from './error-classification.js';
import type { Faults } from './faults.js';

/** What the pieces of one application report faults to, classify errors with and tell the time by. */
export interface ApplicationContext {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly classifier: ErrorClassifier;
}

/** Takes the parts of the application that a piece turned out to belong to. */
type Adoption = (parts: ApplicationContext) => void;

// Registered symbols, so that two copies of this package in one process understand each other.
const ADOPT = Symbol.for('eventcore.adopt-parts');
const PARTS = Symbol.for('eventcore.application-parts');

/**
 * Lets the module find a piece that the application made by itself, such as an interceptor in `main.ts`.
 *
 * @param adopt - Called with the parts of the application, at its start.
 */
export function receivesContext(piece: object, adopt: Adoption): void {
  Object.defineProperty(piece, ADOPT, { value: adopt });
}

/** Hands the parts to whatever asked for them; anything else is left as it is, and not looked into. */
export function giveContext(piece: unknown, parts: ApplicationContext): void {
  const adopt = readOwnWithoutGetters(piece, ADOPT);
  if (typeof adopt === 'function') (adopt as Adoption)(parts);
}

/** Leaves the parts at what stands for an application, such as its HTTP server. */
export function attachContext(place: object, parts: ApplicationContext): void {
  Object.defineProperty(place, PARTS, { value: parts, configurable: true });
}

/** The parts that were left there; `undefined` in an application without the module. */
export function attachedContext(place: unknown): ApplicationContext | undefined {
  return (place as { [PARTS]?: ApplicationContext } | null | undefined)?.[PARTS];
}
