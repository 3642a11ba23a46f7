import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { poll } from './poll.js';

const SHOP = fileURLToPath(new URL('../../sample/02-shop', import.meta.url));
const ERRORS_KEPT = 4_000;
const OUTPUT_KEPT = 10_000;

/** The sample shop as a process of its own, that nobody waits for. */
export function spawnShop(settings: Readonly<Record<string, string>>) {
  return spawn(process.execPath, ['dist/main.js'], {
    cwd: SHOP,
    env: { ...process.env, PORT: '0', DATABASE_URL: '', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The sample shop as a process of its own. */
export class RunningShop {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
    private readonly lastErrors: () => string,
    private readonly output: () => string,
  ) {}

  /** Starts the shop on a free port. */
  static async start(settings: Readonly<Record<string, string>>): Promise<RunningShop> {
    const shop = spawnShop(settings);
    const closed = once(shop, 'close');
    let errors = '';
    shop.stderr.setEncoding('utf8').on('data', (it: string) => {
      errors = (errors + it).slice(-ERRORS_KEPT);
    });
    let output = '';
    let isOpen = false;
    shop.stdout.setEncoding('utf8').on('data', (it: string) => {
      // A shop that logs to its output may say much before its address.
      if (!isOpen || output.length < OUTPUT_KEPT) output += it;
    });
    const isClosed = closed.then(() => true);
    while (!(await Promise.race([isClosed, once(shop.stdout, 'data').then(() => false)]))) {
      const [url] = /http:\/\/localhost:\d+(?=\D)/.exec(output) ?? [];
      if (url === undefined) continue;
      isOpen = true;
      output = output.slice(output.indexOf(url));
      return new RunningShop(
        url,
        shop,
        () => errors,
        () => output,
      );
    }
    throw new Error(`the shop ended before it was open\n${errors}`);
  }

  /** Link that opens its live page once. */
  async pageLink(): Promise<string> {
    const link = async () => /http:\S+#link=\S+/.exec(this.output())?.[0];
    return poll(link, { what: 'the link of the page', timeoutMs: 10_000 });
  }

  /** Whether the process has ended, for whatever reason. */
  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** The end of what it wrote to its error output. */
  get errors(): string {
    return this.lastErrors();
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  /** Posts JSON, such as an order to break something. */
  async post(path: string, body: object = {}): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const sent = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(this.url + path, sent);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }

  /** Has it hang: connections are accepted by the system, and nothing is answered. */
  freeze(): void {
    this.process.kill('SIGSTOP');
  }

  thaw(): void {
    this.process.kill('SIGCONT');
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }

  /** Ends it as an orchestrator would. @returns Its exit code. */
  async stop(): Promise<number | null> {
    const exited = once(this.process, 'exit') as Promise<[number | null]>;
    this.process.kill('SIGTERM');
    return (await exited)[0];
  }
}
