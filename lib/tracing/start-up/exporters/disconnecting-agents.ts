import type { Agent } from 'node:http';

/** Makes the HTTP agents of an exporter, and can end all their connections. */
export interface DisconnectingAgents {
  /** Makes an agent for a protocol, `http:` or `https:`. */
  readonly create: (protocol: string) => Promise<Agent>;
  /** Ends every connection and lets no new one come about. */
  readonly disconnect: () => void;
}

/**
 * A receiver that hangs would keep the process from ending after its shutdown, until the exporter gives up. The modules
 * are loaded when the first span is exported, so that instrumentation of HTTP can still get hold of them.
 */
export function disconnectingAgents(): DisconnectingAgents {
  const agents = new Set<Agent>();
  return {
    create: async (protocol) => {
      const http = protocol === 'http:' ? await import('node:http') : await import('node:https');
      const agent = new http.Agent({ keepAlive: true });
      agents.add(agent);
      return agent;
    },
    disconnect: () => {
      for (const agent of agents) {
        Object.assign(agent, { createConnection: refuse });
        agent.destroy();
      }
    },
  };
}

function refuse(): never {
  throw new Error('telemetry has been shut down');
}
