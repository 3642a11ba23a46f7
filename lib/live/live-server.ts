import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalServer } from '../plugins/local-server.js';
import type { LivePage } from './live-page.js';

/** Serves the page on a port of its own. */
export class LiveServer extends LocalServer {
  readonly #page: LivePage;

  constructor(page: LivePage) {
    super('livePage().port');
    this.#page = page;
  }

  /** {@inheritDoc LocalServer.answer} */
  protected override answer(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const [asked = ''] = (request.url ?? '').split('?', 1);
    const isBelow = asked === path || asked.startsWith(`${path}/`);
    if (!isBelow) {
      if (asked === '/') response.writeHead(302, { Location: `.${path}/overview` }).end();
      else response.writeHead(404).end();
      return;
    }
    void this.#page.answer(asked.slice(path.length + 1), request, response);
  }
}
