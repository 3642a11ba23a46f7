import type { Agent } from 'node:http';

/** The HTTP agents of an exporter of OpenTelemetry, which opens connections and has no way to end them. */
export class OtlpAgents {
  readonly #agents = new Set<Agent>();
  #isEnded = false;

  /**
   * Makes an agent for a protocol, `http:` or `https:`. The modules are loaded with the first export, so that
   * instrumentation of HTTP can still get hold of them.
   */
  readonly create = async (protocol: string): Promise<Agent> => {
    const http = protocol === 'http:' ? await import('node:http') : await import('node:https');
    const agent: Agent = new http.Agent({ keepAlive: true });
    if (this.#isEnded) refuseConnections(agent);
    this.#agents.add(agent);
    return agent;
  };

  /** Ends every connection. */
  disconnect(): void {
    for (const it of this.#agents) it.destroy();
  }

  /** Ends every connection and lets no new one come about. */
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
