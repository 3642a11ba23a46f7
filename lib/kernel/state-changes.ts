/** A part of an application whose state changes are told. */
export type StateSubject =
  'projection' | 'rebuild' | 'progress' | 'circuit_breaker' | 'connection_pool' | 'shutdown';

/** A change of state in one application. */
export interface StateChange {
  readonly subject: StateSubject;
  /** Name of the projection, breaker or pool. */
  readonly name?: string | undefined;
  readonly from?: string | undefined;
  readonly to: string;
  /** Further facts by name. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
}

/** Receives state changes. It must not throw. */
export type StateListener = (change: StateChange) => void;

/** Tells listeners of state changes. */
export class StateChanges {
  readonly #listeners: StateListener[] = [];

  /** True when a listener exists. */
  get isHeard(): boolean {
    return this.#listeners.length > 0;
  }

  listen(listener: StateListener): void {
    this.#listeners.push(listener);
  }

  tell(change: StateChange): void {
    for (const it of this.#listeners) it(change);
  }
}
