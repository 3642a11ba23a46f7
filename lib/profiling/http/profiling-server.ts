import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalServer } from '../../plugins/local-server.js';
import type { Profiling } from '../profiling.js';

/** Serves profiles on a port of its own. */
export class ProfilingServer extends LocalServer {
  readonly #profiling: Profiling;

  constructor(profiling: Profiling) {
    super('profiling().port');
    this.#profiling = profiling;
  }

  /** {@inheritDoc LocalServer.answer} */
  protected override answer(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const [asked = ''] = (request.url ?? '').split('?', 1);
    if (asked.startsWith(`${path}/`))
      void this.#profiling.answer(asked.slice(path.length + 1), request, response);
    else response.writeHead(404).end();
  }
}
