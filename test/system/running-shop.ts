import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SHOP = fileURLToPath(new URL('../../sample/02-shop', import.meta.url));
const ERRORS_KEPT = 4_000;

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
  ) {}

  /** Starts the shop on a free port. */
  static async start(settings: Readonly<Record<string, string>>): Promise<RunningShop> {
    const shop = spawnShop(settings);
    const closed = once(shop, 'close');
    let errors = '';
    shop.stderr.setEncoding('utf8').on('data', (it: string) => {
      errors = (errors + it).slice(-ERRORS_KEPT);
    });
    for await (const line of createInterface(shop.stdout)) {
      const [url] = /http:\/\/localhost:\d+/.exec(line) ?? [];
      if (url === undefined) continue;
      shop.stdout.resume();
      return new RunningShop(url, shop, () => errors);
    }
    await closed;
    throw new Error(`the shop ended before it was open\n${errors}`);
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
