/** Time of an event, and the stream that knows it. */
export interface EventTime {
  /** Unix time in milliseconds. */
  readonly ms: number;
  readonly stream: object;
}

/** Event times of events and of what is made from them: they hang on the event. Events that are no objects have none. */
export class EventTimes {
  readonly #times = new WeakMap<object, EventTime>();
  #hasTimes = false;

  /** Notes the event time of an event. */
  set(event: unknown, time: EventTime): void {
    if (!isObject(event)) return;
    this.#times.set(event, time);
    this.#hasTimes = true;
  }

  /** Returns the event time of an event or of what it was made from. */
  of(event: unknown): EventTime | undefined {
    return this.#hasTimes && isObject(event) ? this.#times.get(event) : undefined;
  }

  /** Passes the event time on to what was made from an event. */
  inherit(event: unknown, result: unknown): void {
    if (!this.#hasTimes || event === result || !isObject(result)) return;
    const time = this.of(event);
    if (time !== undefined) this.#times.set(result, time);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
