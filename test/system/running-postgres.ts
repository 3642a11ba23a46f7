import { type ChildProcess, execFileSync, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { poll } from './poll.js';
import { systemProgram } from './system-program.js';

/** A PostgreSQL server of the test's own, with an empty database. */
export class RunningPostgres {
  private constructor(
    readonly url: string,
    private readonly server: ChildProcess,
    private readonly folder: string,
  ) {}

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
    const port = await freePort();
    const server = spawn(
      program('postgres'),
      ['-D', data, '-p', String(port), '-k', folder, '-c', 'fsync=off', '-h', '127.0.0.1'],
      { ...account, cwd: folder, stdio: 'ignore' } as SpawnOptions,
    );
    await poll(async () => isReady(port), { what: 'PostgreSQL', timeoutMs: 30_000 });
    return new RunningPostgres(`postgresql://shop@127.0.0.1:${port}/postgres`, server, folder);
  }

  /** Has it and all of its sessions hang: connections stay open, and nothing is answered. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.server;
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

  async stop(): Promise<void> {
    const exited = once(this.server, 'exit');
    this.server.kill('SIGINT');
    await exited;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function program(name: string): string {
  return systemProgram(name) as string;
}

/** PostgreSQL refuses to run as root. */
function unprivilegedAccount(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody']).toString());
  return { uid: id('-u'), gid: id('-g') };
}

function isReady(port: number): true | undefined {
  execFileSync(program('pg_isready'), ['-h', '127.0.0.1', '-p', String(port)], { stdio: 'pipe' });
  return true;
}
