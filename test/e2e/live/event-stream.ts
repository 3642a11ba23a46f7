import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';

/** An event of a stream. */
export interface StreamEvent {
  readonly name: string;
  readonly data: unknown;
}

/** Server-sent events, read as a browser does. */
export class EventStream {
  readonly events: StreamEvent[] = [];
  readonly #response: IncomingMessage;
  #text = '';

  private constructor(response: IncomingMessage) {
    this.#response = response;
    response.setEncoding('utf8');
    response.on('data', (it: string) => this.#read(it));
    response.on('error', () => undefined);
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventStream> {
    const request = get(url, { headers, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    request.on('error', () => undefined);
    return new EventStream(response);
  }

  get status(): number | undefined {
    return this.#response.statusCode;
  }

  get headers() {
    return this.#response.headers;
  }

  /** Waits for the end, whoever brings it about. */
  async ended(): Promise<void> {
    if (!this.#response.closed) await once(this.#response, 'close');
  }

  async next(name: string): Promise<StreamEvent> {
    for (;;) {
      const index = this.events.findIndex((it) => it.name === name);
      if (index !== -1) return this.events.splice(0, index + 1).at(-1) as StreamEvent;
      if (this.#response.closed) throw new Error(`the stream ended before ${name}`);
      await Promise.race([once(this.#response, 'data'), once(this.#response, 'close')]);
    }
  }

  close(): void {
    this.#response.destroy();
  }

  #read(text: string): void {
    this.#text += text;
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) {
      const name = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (name !== undefined && data !== undefined)
        this.events.push({ name, data: JSON.parse(data) as unknown });
    }
  }
}
