/** Event times of events and of what is made from them: they hang on the event. Events that are no objects have none. */
export class EventTimes {
  readonly #times = new WeakMap<object, number>();
  #hasTimes = false;

  /** Notes the event time of an event: Unix time in milliseconds. */
  set(event: unknown, eventMs: number): void {
    if (!isObject(event)) return;
    this.#times.set(event, eventMs);
    this.#hasTimes = true;
  }

  /** Returns the event time of an event or of what it was made from. */
  of(event: unknown): number | undefined {
    return this.#hasTimes && isObject(event) ? this.#times.get(event) : undefined;
  }

  /** Passes the event time on to what was made from an event. */
  inherit(event: unknown, result: unknown): void {
    if (!this.#hasTimes || event === result || !isObject(result)) return;
    const eventMs = this.of(event);
    if (eventMs !== undefined) this.#times.set(result, eventMs);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
