import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('process.mjs', import.meta.url));

/** An application in a process of its own, which is overloaded by order. */
export class RunningProcess {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {}

  /** Starts it on a port, or on a free one. */
  static async start(port = 0): Promise<RunningProcess> {
    const child = fork(SCRIPT, {
      env: { ...process.env, NODE_OPTIONS: '', PORT: String(port) },
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    return new RunningProcess(child, url);
  }

  order(order: string, details: object = {}): void {
    this.process.send({ order, ...details });
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }
}
