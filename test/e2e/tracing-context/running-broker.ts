import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { systemProgram } from '../../system/system-program.js';

interface Launch {
  readonly port: number;
  /** A second free port. */
  readonly sidePort: number;
  readonly folder: string;
}

interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

interface Broker {
  readonly program: string;
  commandsOf(launch: Launch): readonly Command[];
  environmentOf?(launch: Launch): Promise<Record<string, string>>;
}

// What Debian puts on the path insists on the account and the folders of the service.
const RABBITMQ = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** Brokers that a test starts for itself, on free ports of the loopback interface. */
const brokers = {
  nats: {
    program: 'nats-server',
    commandsOf: ({ port }) => [
      { program: 'nats-server', args: ['-a', '127.0.0.1', '-p', String(port)] },
    ],
  },
  jetstream: {
    program: 'nats-server',
    commandsOf: ({ port, folder }) => [
      {
        program: 'nats-server',
        args: ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', String(port)],
      },
    ],
  },
  redis: {
    program: 'redis-server',
    commandsOf: ({ port, folder }) => [
      {
        program: 'redis-server',
        args: ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', ''],
      },
    ],
  },
  rabbitmq: {
    program: 'rabbitmq-server',
    commandsOf: ({ sidePort }) => [
      // Erlang's port mapper, which would outlive the test if RabbitMQ started it.
      { program: 'epmd', args: ['-port', String(sidePort), '-address', '127.0.0.1'] },
      { program: existsSync(RABBITMQ) ? RABBITMQ : 'rabbitmq-server', args: [] },
    ],
    environmentOf: async ({ port, sidePort, folder }) => ({
      HOME: folder,
      ERL_EPMD_PORT: String(sidePort),
      RABBITMQ_NODENAME: `test${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(await freePort()),
      RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_PID_FILE: join(folder, 'pid'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
      RABBITMQ_CONFIG_FILE: join(folder, 'none'),
    }),
  },
} satisfies Record<string, Broker>;

/** A broker that tests can start. */
export type BrokerName = keyof typeof brokers;

/** Whether the program of a broker is installed. */
export function hasBroker(name: BrokerName): boolean {
  return systemProgram(brokers[name].program) !== undefined;
}

/** A broker of the test's own. */
class RunningBroker {
  private constructor(
    readonly port: number,
    private readonly processes: readonly ChildProcess[],
    private readonly folder: string,
  ) {}

  static async start(name: BrokerName): Promise<RunningBroker> {
    const broker: Broker = brokers[name];
    const folder = mkdtempSync(join(tmpdir(), `${name}-`));
    const [port, sidePort] = [await freePort(), await freePort()];
    const launch = { port, sidePort, folder };
    const env = { ...process.env, ...(await broker.environmentOf?.(launch)) };
    const processes = broker
      .commandsOf(launch)
      // Groups of their own: the launcher of RabbitMQ is a script that leaves the work to a child.
      .map(({ program, args }) =>
        spawn(program, args, { cwd: folder, env, stdio: 'ignore', detached: true }),
      );
    const running = new RunningBroker(port, processes, folder);
    try {
      await poll(() => accepts(port), { what: name, timeoutMs: 50_000 });
    } catch (error) {
      await running.stop();
      throw error;
    }
    return running;
  }

  /** Stops answering, with all connections open, until {@link RunningBroker.thaw}. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): void {
    for (const it of this.processes) process.kill(-(it.pid as number), signal);
  }

  async stop(): Promise<void> {
    for (const it of this.processes.toReversed()) {
      if (it.exitCode !== null) continue;
      const exited = once(it, 'exit');
      process.kill(-(it.pid as number), 'SIGTERM');
      await exited;
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
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

/** The brokers of a test file: each is started when the first test asks for it. */
export class SharedBrokers {
  readonly #running = new Map<BrokerName, Promise<RunningBroker>>();

  get(name: BrokerName): Promise<RunningBroker> {
    const running = this.#running.get(name) ?? RunningBroker.start(name);
    this.#running.set(name, running);
    return running;
  }

  async stop(): Promise<void> {
    for (const it of this.#running.values()) await (await it).stop();
  }
}
