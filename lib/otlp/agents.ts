import type { Agent } from 'node:http';

/** HTTP agents of an OpenTelemetry exporter, which opens connections and cannot close them itself. */
export class OtlpAgents {
  readonly #agents = new Set<Agent>();
  #isEnded = false;

  /**
   * Creates an agent for a protocol, `http:` or `https:`. The modules are loaded with the first export, so that
   * instrumentation of HTTP can still patch them.
   */
  readonly create = async (protocol: string): Promise<Agent> => {
    const http = protocol === 'http:' ? await import('node:http') : await import('node:https');
    const agent: Agent = new http.Agent({ keepAlive: true });
    if (this.#isEnded) refuseConnections(agent);
    this.#agents.add(agent);
    return agent;
  };

  /** Closes every connection; the next export opens others. */
  disconnect(): void {
    for (const it of this.#agents) it.destroy();
  }

  /** Closes every connection and refuses new ones: one to a receiver that hangs would keep the process alive. */
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
