import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** A StatsD server that adds counters up by name and tags. */
export class StatsdServer {
  readonly datagrams: string[] = [];
  #socket: Socket = createSocket('udp4');
  #port = 0;

  async open(): Promise<this> {
    this.#socket.on('message', (it) => this.datagrams.push(it.toString()));
    this.#socket.bind(this.#port, '127.0.0.1');
    await once(this.#socket, 'listening');
    this.#port = this.#socket.address().port;
    return this;
  }

  get port(): number {
    return this.#port;
  }

  get lines(): string[] {
    return this.datagrams.flatMap((it) => it.split('\n'));
  }

  /** The sum of a counter, as its lines begin and end. */
  sum(name: string, tags = ''): number {
    return sumOf(this.lines, name, tags);
  }

  async restart(): Promise<void> {
    this.#socket = createSocket('udp4');
    await this.open();
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

/** The sum of a counter over lines. */
export function sumOf(lines: readonly string[], name: string, tags: string): number {
  const values = lines.map((it) => /^([^:]+):([^|]+)\|c(?:\|#(.*))?$/.exec(it));
  return values
    .filter((it) => it?.[1] === name && (it[3] ?? '').includes(tags))
    .reduce((sum, it) => sum + Number(it?.[2]), 0);
}
