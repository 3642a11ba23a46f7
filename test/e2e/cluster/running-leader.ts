import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('application.mjs', import.meta.url));

/** An answer over HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  readonly text: string;
}

/** The primary of a cluster or the main thread of a process, which does what the test says. */
export class RunningLeader {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (answer: { answer?: unknown; error?: string }) => void>();
  readonly #onExit: (() => void)[] = [];
  #commands = 0;
  stderr = '';

  constructor(settings: object, env: Readonly<Record<string, string>> = {}) {
    const clean = Object.entries(process.env).filter(
      ([name]) => !/^(OTEL_|VITEST|NODE_O)/.test(name),
    );
    this.#process = fork(SCRIPT, {
      env: { ...Object.fromEntries(clean), ...env, SETTINGS: JSON.stringify(settings) },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#process.once('exit', () => this.#onExit.forEach((it) => it()));
    this.#process.stderr?.on('data', (it: Buffer) => (this.stderr += it.toString()));
    this.#process.on('message', (message: { id: number; answer?: unknown; error?: string }) => {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    });
  }

  /** Has something done. */
  async do<T = unknown>(name: string, ...args: unknown[]): Promise<T> {
    const id = ++this.#commands;
    const done = new Promise<{ answer?: unknown; error?: string }>((resolve, reject) => {
      this.#waiting.set(id, resolve);
      this.#onExit.push(() => reject(new Error(`the leader ended: ${this.stderr}`)));
    });
    this.#process.send({ id, name, args });
    const { answer, error } = await done;
    if (error !== undefined) throw new Error(error);
    return answer as T;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}

/** Asks over a connection of its own, so that the primary chooses a worker. */
export async function ask(
  port: number,
  path: string,
  {
    body,
    headers = {},
  }: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent: new Agent({ keepAlive: false }),
        host: '127.0.0.1',
        port,
        path,
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (it: Buffer) => chunks.push(it));
        response.on('error', reject);
        response.on('end', () => {
          const whole = Buffer.concat(chunks);
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, body: whole, text: whole.toString() });
        });
      },
    );
    sent.on('error', reject);
    // A connection that was given to a worker as it was killed is answered by nobody.
    sent.setTimeout(30_000, () => sent.destroy(new Error('no answer')));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Who did a piece of work. */
export async function work(port: number, body: object): Promise<{ worker: number; pid: number }> {
  const { status, text } = await ask(port, '/jobs', { body });
  if (status !== 201) throw new Error(`${status} ${text}`);
  return JSON.parse(text) as { worker: number; pid: number };
}
