import type { Agent } from 'node:http';
import type { Socket } from 'node:net';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';

/** Exporter and a function that closes its connections. */
export interface CreatedExporter {
  readonly exporter: SpanExporter;
  readonly disconnect?: (() => void) | undefined;
}

type HttpModule = typeof import('node:http') | typeof import('node:https');

/** Method of a Node agent that opens a connection; its types omit it. */
interface Connecting {
  createConnection(...args: readonly unknown[]): Socket;
}

const MODULES = ['node:http', 'node:https'] as const;

/**
 * Limits the connections of an exporter that uses Node's global agents, such as Zipkin's. These
 * agents have no time limit, so a server that never responds would keep the connection and the
 * process alive. Bounded agents replace the global ones during each call of the exporter, which
 * opens its request synchronously.
 *
 * @param timeoutMs - Silence in milliseconds after which a connection is closed.
 */
export function boundConnections(exporter: SpanExporter, timeoutMs: number): CreatedExporter {
  const agents = new Map<HttpModule, Agent>();
  const bounded: SpanExporter = {
    export: (spans, callback) => {
      // Loaded with the first span, so that HTTP instrumentation can patch them before.
      const modules = MODULES.map((it) => process.getBuiltinModule(it) as HttpModule);
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
    // The agent only emits an event on the request, which the exporter does not handle.
    socket.setTimeout(timeoutMs);
    socket.on('timeout', () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    return socket;
  };
  agents.set(module, agent);
  return agent;
}
