import { createTraceState, type TraceState } from '@opentelemetry/api';

/**
 * A trace state that is written exactly as it was read until somebody changes it. The one of the API drops keys that
 * begin with a digit, and writes its own idea of white space.
 */
export class KeptTraceState implements TraceState {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  set(key: string, value: string): TraceState {
    return this.#parsed().set(key, value);
  }

  unset(key: string): TraceState {
    return this.#parsed().unset(key);
  }

  get(key: string): string | undefined {
    return this.#parsed().get(key);
  }

  serialize(): string {
    return this.#text;
  }

  #parsed(): TraceState {
    return createTraceState(this.#text);
  }
}
