import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { poll } from './poll.js';
import type { RunningPostgres } from './running-postgres.js';
import { systemProgram } from './system-program.js';

/** A PgBouncer of the test's own that lends few server connections for one transaction each. */
export class RunningPgBouncer {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(database: RunningPostgres): Promise<RunningPgBouncer> {
    const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
    const port = await freePort();
    const file = join(folder, 'pgbouncer.ini');
    const settings = [
      '[databases]',
      `postgres = host=127.0.0.1 port=${database.port} user=shop`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      'pool_mode = transaction',
      'default_pool_size = 2',
    ];
    writeFileSync(file, settings.join('\n'), { mode: 0o644 });
    const root = process.getuid?.() === 0;
    // It refuses to run as root.
    const args = root ? ['-u', 'nobody', file] : [file];
    const options: SpawnOptions = { cwd: '/', stdio: 'ignore' };
    if (root) chmodSync(folder, 0o755);
    const child = spawn(systemProgram('pgbouncer') as string, args, options);
    await poll(() => accepts(port), { what: 'PgBouncer', timeoutMs: 20_000 });
    return new RunningPgBouncer(`postgresql://shop@127.0.0.1:${port}/postgres`, child, folder);
  }

  async stop(): Promise<void> {
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
    rmSync(this.folder, { recursive: true });
  }
}

async function accepts(port: number): Promise<true> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
