import type { Agent } from 'node:http';

/** HTTP agents of exporters: OpenTelemetry's open connections but cannot close them. */
export class OtlpAgents {
  readonly #agents = new Set<Agent>();
  #isEnded = false;

  /**
   * Creates an agent for a protocol, `http:` or `https:`. Its modules are loaded at the first
   * export, so that HTTP instrumentation can patch them before.
   */
  readonly create = async (protocol: string): Promise<Agent> => {
    const http = protocol === 'http:' ? await import('node:http') : await import('node:https');
    const agent: Agent = new http.Agent({ keepAlive: true });
    if (this.#isEnded) refuseConnections(agent);
    this.#agents.add(agent);
    return agent;
  };

  /** Closes every connection. The next export opens new ones. */
  disconnect(): void {
    for (const it of this.#agents) it.destroy();
  }

  /**
   * Closes every connection and refuses new ones, because a connection to a receiver that hangs
   * keeps the process alive.
   */
  end(): void {
    this.#isEnded = true;
    for (const it of this.#agents) refuseConnections(it);
    this.disconnect();
  }
}

function refuseConnections(agent: Agent): void {
  Object.assign(agent, {
    createConnection: () => {
      throw new Error('the exporter is closed');
    },
  });
}
