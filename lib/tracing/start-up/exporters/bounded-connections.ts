import type { Agent } from 'node:http';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';

/** An exporter, and how to end the connections that it holds. */
export interface CreatedExporter {
  readonly exporter: SpanExporter;
  readonly disconnect?: (() => void) | undefined;
}

type HttpModule = typeof import('node:http') | typeof import('node:https');

/** How an agent of Node opens a connection; its types leave it out. */
interface Connecting {
  createConnection(...args: readonly unknown[]): Socket;
}

const MODULES = ['node:http', 'node:https'] as const;

/**
 * An exporter that asks for no agent of its own, as that of Zipkin, uses the global ones of Node, which know no time
 * limit: a server that never answers would hold its connection, and with it the process. The global agents give way to
 * bounded ones for as long as the call of the exporter takes, which opens its request at once.
 *
 * @param timeoutMs - Silence after which a connection is ended, in milliseconds.
 */
export function boundConnections(exporter: SpanExporter, timeoutMs: number): CreatedExporter {
  const agents = new Map<HttpModule, Agent>();
  const bounded: SpanExporter = {
    export: (spans, callback) => {
      // Loaded with the first span, so that instrumentation of HTTP can still get hold of them.
      const require = createRequire(import.meta.url);
      const modules = MODULES.map((it) => require(it) as HttpModule);
      const globals = modules.map((it) => it.globalAgent);
      for (const it of modules) use(it, agents.get(it) ?? addAgent(agents, it, timeoutMs));
      try {
        exporter.export(spans, callback);
      } finally {
        modules.forEach((it, index) => use(it, globals[index] as Agent));
      }
    },
    shutdown: () => exporter.shutdown(),
  };
  return { exporter: bounded, disconnect: () => agents.forEach((it) => it.destroy()) };
}

function use(module: HttpModule, agent: Agent): void {
  (module as { globalAgent: Agent }).globalAgent = agent;
}

function addAgent(agents: Map<HttpModule, Agent>, module: HttpModule, timeoutMs: number): Agent {
  const agent: Agent = new module.Agent({ keepAlive: true, timeout: timeoutMs });
  const open = agent as unknown as Connecting;
  const connect = open.createConnection.bind(agent);
  open.createConnection = (...args) => {
    const socket = connect(...args);
    // The agent only tells the request of it, and the exporter does not listen.
    socket.setTimeout(timeoutMs);
    socket.on('timeout', () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    return socket;
  };
  agents.set(module, agent);
  return agent;
}
