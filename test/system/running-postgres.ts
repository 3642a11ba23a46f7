import { type ChildProcess, execFileSync, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { poll } from './poll.js';
import { systemProgram } from './system-program.js';

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** A PostgreSQL server of the test's own, with an empty database. */
export class RunningPostgres {
  #server: ChildProcess;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly account: Account,
  ) {
    this.#server = this.#spawn();
  }

  get url(): string {
    return `postgresql://shop@127.0.0.1:${this.port}/postgres`;
  }

  static async start(): Promise<RunningPostgres> {
    const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
    const account = unprivilegedAccount();
    if (account.uid !== undefined) chownSync(folder, account.uid, account.gid as number);
    chmodSync(folder, 0o700);
    const data = join(folder, 'data');
    execFileSync(program('initdb'), ['-D', data, '-A', 'trust', '-U', 'shop', '--no-sync'], {
      ...account,
      cwd: folder,
      stdio: 'pipe',
    });
    const postgres = new RunningPostgres(await freePort(), folder, account);
    await postgres.#untilReady();
    return postgres;
  }

  /** Has it and all of its sessions hang: connections stay open, and nothing is answered. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  /** Ends it and all of its sessions at once, as a crash does. */
  async kill(): Promise<void> {
    const exited = once(this.#server, 'exit');
    this.#signal('SIGKILL');
    await exited;
  }

  /** Ends all sessions and the server, as an upgrade does. */
  async shutDown(): Promise<void> {
    const exited = once(this.#server, 'exit');
    this.#server.kill('SIGINT');
    await exited;
  }

  /** Starts it again on its data, after it was killed or shut down. */
  async startAgain(): Promise<void> {
    this.#server = this.#spawn();
    await this.#untilReady();
  }

  async stop(): Promise<void> {
    await this.shutDown();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #spawn(): ChildProcess {
    const { port, folder, account } = this;
    return spawn(
      program('postgres'),
      // prettier-ignore
      ['-D', join(folder, 'data'), '-p', String(port), '-k', folder, '-c', 'fsync=off', '-h', '127.0.0.1'],
      { ...account, cwd: folder, stdio: 'ignore' } as SpawnOptions,
    );
  }

  async #untilReady(): Promise<void> {
    await poll(async () => isReady(this.port), { what: 'PostgreSQL', timeoutMs: 30_000 });
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#server;
    const sessions = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)]).toString();
    for (const it of [String(pid), ...sessions.trim().split(/\s+/)]) {
      try {
        process.kill(Number(it), signal);
      } catch (error) {
        // A session that ended after it was listed.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }
}

function program(name: string): string {
  return systemProgram(name) as string;
}

/** PostgreSQL refuses to run as root. */
function unprivilegedAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody']).toString());
  return { uid: id('-u'), gid: id('-g') };
}

function isReady(port: number): true | undefined {
  execFileSync(program('pg_isready'), ['-h', '127.0.0.1', '-p', String(port)], { stdio: 'pipe' });
  return true;
}
