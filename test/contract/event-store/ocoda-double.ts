/** What `@ocoda/event-sourcing` 1.0.0-beta.21 hands to and takes from its store. */
export interface OcodaEvent {
  readonly sku: string;
}

export class OcodaStream {
  readonly #aggregate: string;
  readonly #id: string;

  constructor(aggregate: string, id: string) {
    this.#aggregate = aggregate;
    this.#id = id;
  }

  get streamId(): string {
    return `${this.#aggregate}-${this.#id}`;
  }
}

interface Envelope {
  readonly streamId: string;
  readonly version: number;
  readonly payload: OcodaEvent;
}

class EventNotFoundException extends Error {}

class MongoServerError extends Error {
  readonly code = 11_000;
}

type Publish = (envelope: Envelope) => Promise<void>;

/** Like the library's: the instance is a proxy whose `appendEvents` is made anew each time it is looked up. */
abstract class OcodaEventStore {
  protected publishEnvelope: Publish = async () => undefined;

  constructor() {
    return new Proxy(this, {
      get(target, property) {
        if (property !== 'appendEvents') return Reflect.get(target, property) as unknown;
        return async function (this: OcodaEventStore, ...args: AppendArgs) {
          const envelopes = await target.appendEvents.apply(this, args);
          for (const envelope of envelopes) await this.publishEnvelope(envelope);
          return envelopes;
        };
      },
    });
  }

  set publish(publish: Publish) {
    this.publishEnvelope = publish;
  }

  abstract appendEvents(...args: AppendArgs): Promise<Envelope[]>;
}

type AppendArgs = [stream: OcodaStream, version: number, events: OcodaEvent[], pool?: string];

export class OcodaDouble extends OcodaEventStore {
  readonly envelopes: Envelope[] = [];

  override async appendEvents(
    { streamId }: OcodaStream,
    aggregateVersion: number,
    events: OcodaEvent[],
  ): Promise<Envelope[]> {
    const first = aggregateVersion - events.length + 1;
    const taken = this.envelopes.some((it) => it.streamId === streamId && it.version >= first);
    if (taken) throw new MongoServerError('E11000 duplicate key');
    const envelopes = events.map((payload, i) => ({ streamId, version: first + i, payload }));
    this.envelopes.push(...envelopes);
    return envelopes;
  }

  async *getEvents(
    { streamId }: OcodaStream,
    { batch = 2 }: { readonly batch?: number } = {},
  ): AsyncGenerator<OcodaEvent[]> {
    const found = this.envelopes.filter((it) => it.streamId === streamId);
    for (let i = 0; i < found.length; i += batch) {
      yield found.slice(i, i + batch).map(({ payload }) => payload);
    }
  }

  getEvent({ streamId }: OcodaStream, version: number): OcodaEvent {
    const found = this.envelopes.find((it) => it.streamId === streamId && it.version === version);
    if (found === undefined) throw new EventNotFoundException(`${streamId} ${version}`);
    return found.payload;
  }
}
