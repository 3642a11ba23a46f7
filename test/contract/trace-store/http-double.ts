import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request; what it returns is sent as JSON with the status 200. */
export type Route = (url: URL, request: IncomingMessage, response: ServerResponse) => unknown;

/** An HTTP server on a free port. */
export interface HttpDouble {
  readonly baseUrl: string;
  /** Path and query of every request, in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** An answer with a status of its own. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly body = '',
  ) {}
}

export async function startHttpDouble(route: Route): Promise<HttpDouble> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    const answer = route(new URL(request.url ?? '/', 'http://double'), request, response);
    if (answer === undefined) return;
    const { status, body } =
      answer instanceof Refusal ? answer : { status: 200, body: JSON.stringify(answer) };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
