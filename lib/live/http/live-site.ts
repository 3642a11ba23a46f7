import type { IncomingMessage, ServerResponse } from 'node:http';
import { runbooks } from '../../alerting/runbooks.js';
import { ApiParameters } from '../../history/api/api-parameters.js';
import { QueryApi } from '../../history/api/query-api.js';
import { LEVEL_RANKS, type LogLevel } from '../../logging/log-level.js';
import { originOf } from '../../plugins/local-server.js';
import { callTables, type CallTable, liveMetrics } from '../state/live-metrics.js';
import type { LiveSources } from '../state/live-sources.js';
import type { Frames } from '../stream/frames.js';
import type { LiveStream } from '../stream/live-stream.js';
import type { Access } from './access.js';
import { secure, sendJson, sendProblem } from './answers.js';
import { Assets } from './assets.js';
import { readCallDetails } from './call-details.js';
import { runbookPage } from './runbook-page.format.js';
import { traceView } from './trace-view.js';

/** Dependencies of a {@link LiveSite}. */
export interface LiveSiteDeps {
  readonly sources: LiveSources;
  readonly access: Access;
  readonly frames: Frames;
  readonly stream: LiveStream;
  /** True if the page may silence alerts. */
  readonly allowActions: boolean;
}

/** Request to a file of the page. */
export interface PageRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly parameters: URLSearchParams;
}

type Route = (exchange: PageRequest) => void | Promise<void>;

const TRACE_ID = /^[0-9a-f]{32}$/;
const LINK_HEADER = 'x-live-link';
const MOST_LINES = 200;
const COMMENT = 'Silenced on the live page.';
const LONGEST_SILENCE_MS = 24 * 3_600_000;
const HINT = 'Open the link that the application printed at its start.';

/** Answers the requests to the page. It knows files below the path of the page, and no router. */
export class LiveSite {
  readonly #deps: LiveSiteDeps;
  readonly #assets = new Assets();
  readonly #queries: QueryApi;
  readonly #routes: Readonly<Record<string, Route>> = {
    state: (it) => this.#state(it),
    stream: (it) => this.#stream(it),
    calls: (it) => this.#calls(it),
    trace: (it) => this.#trace(it),
    logs: (it) => this.#logs(it),
    query_range: (it) => this.#query(it),
  };

  constructor(deps: LiveSiteDeps) {
    this.#deps = deps;
    const { queries, history: source, clock } = deps.sources;
    // The routes that need them are not among those of the page.
    const registry = { snapshot: () => ({ takenAtMs: 0, metrics: [] }) };
    this.#queries = new QueryApi({
      queries,
      source,
      clock,
      registry,
      alerts: undefined,
      version: '',
    });
  }

  /**
   * Answers a request. Never rejects.
   *
   * @param file - Path below that of the page, without a slash at its beginning.
   */
  async answer(file: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { search, pathname } = new URL(request.url ?? '/', 'http://page');
    const exchange = { request, response, parameters: new URLSearchParams(search) };
    try {
      secure(response);
      if (request.method === 'POST') await this.#act(file, exchange);
      else if (file === '') redirect(response, pathname);
      else await this.#show(file, exchange);
    } catch (error) {
      this.#deps.sources.fault(error);
      if (response.headersSent) response.destroy();
      else sendProblem(response, 500, 'The page could not be read.');
    }
  }

  async #show(file: string, exchange: PageRequest): Promise<void> {
    const { request, response } = exchange;
    // The page itself has no data: it opens the session.
    const asset = file === 'overview' ? 'overview.html' : file;
    if (this.#assets.send(asset, request, response)) return;
    // Nor has a runbook, whose address notifications contain.
    if (file.startsWith('runbooks/')) return this.#runbook(file.slice(9), response);
    if (!this.#deps.access.allows(request)) {
      const { mode } = this.#deps.access;
      if (mode === 'link') return sendProblem(response, 401, HINT);
      return sendProblem(response, 403, 'Only this machine may read the page, without a proxy.');
    }
    const route = Object.hasOwn(this.#routes, file) ? this.#routes[file] : undefined;
    if (route !== undefined) return route(exchange);
    sendProblem(response, 404, 'There is no such file.');
  }

  async #act(file: string, { request, response, parameters }: PageRequest): Promise<void> {
    const { access, allowActions, sources } = this.#deps;
    if (originOf(request) !== 'same')
      return sendProblem(response, 403, 'Another page has sent this.');
    if (file === 'session') {
      const cookie = access.openSession(String(request.headers[LINK_HEADER] ?? ''));
      if (cookie === undefined) return sendProblem(response, 401, `The link is used up. ${HINT}`);
      response.setHeader('Set-Cookie', cookie);
      return sendJson(response, {});
    }
    const { alerts } = sources;
    if (file !== 'silence' || !allowActions || alerts === undefined) {
      return sendProblem(response, 404, 'The page changes nothing: allowActions is not set.');
    }
    if (!access.allows(request)) return sendProblem(response, 401, HINT);
    const forMs = Number(parameters.get('forMs'));
    parameters.delete('forMs');
    if (!(forMs > 0 && forMs <= LONGEST_SILENCE_MS)) {
      return sendProblem(response, 400, 'A silence lasts up to a day.');
    }
    const matchers = [...parameters].map(([name, value]) => ({
      name,
      operator: '=' as const,
      value,
    }));
    const endsAtMs = sources.clock.wallMs() + forMs;
    alerts.addSilence({ matchers, endsAtMs, createdBy: 'live page', comment: COMMENT });
    sendJson(response, {});
  }

  async #state({ response }: PageRequest): Promise<void> {
    sendJson(response, await this.#deps.frames.full());
  }

  async #stream({ response }: PageRequest): Promise<void> {
    const { stream } = this.#deps;
    if (await stream.add(response)) return;
    const reason = stream.isEnded ? 'The application shuts down.' : 'Too many pages are open.';
    response.setHeader('Retry-After', '5');
    sendProblem(response, 503, reason);
  }

  async #calls({ response, parameters }: PageRequest): Promise<void> {
    const { sources } = this.#deps;
    const table = parameters.get('table') as CallTable;
    if (!callTables.includes(table)) return sendProblem(response, 400, 'There is no such table.');
    const { labels } = liveMetrics(sources.namespace).calls[table];
    const of = Object.fromEntries(labels.map((it) => [it, parameters.get(it) ?? '']));
    sendJson(response, await readCallDetails(sources, table, of));
  }

  async #trace({ response, parameters }: PageRequest): Promise<void> {
    const id = parameters.get('id') ?? '';
    if (!TRACE_ID.test(id))
      return sendProblem(response, 400, 'A trace id has 32 hexadecimal digits.');
    const found = await this.#deps.sources.traces?.getTrace(id);
    if (found?.ok !== true) return sendProblem(response, 404, found?.error.message ?? 'No traces.');
    if (found.value === undefined)
      return sendProblem(response, 404, 'The trace is not here any more.');
    sendJson(response, traceView(found.value));
  }

  #logs({ response, parameters }: PageRequest): void {
    const { logs } = this.#deps.sources;
    if (logs === undefined) return sendProblem(response, 404, 'There is no log store.');
    const level = parameters.get('level') ?? 'info';
    const traceId = parameters.get('trace') ?? '';
    const lines = logs.query({
      level: (Object.hasOwn(LEVEL_RANKS, level) ? level : 'info') as LogLevel,
      text: parameters.get('text') ?? '',
      ...(traceId !== '' && { traceId }),
      limit: MOST_LINES,
    });
    sendJson(response, { lines: lines.toReversed() });
  }

  async #query({ response, parameters }: PageRequest): Promise<void> {
    const given = Object.fromEntries(parameters);
    const { status, body } = await this.#queries.queryRange(new ApiParameters(given));
    sendJson(response, body, status);
  }

  #runbook(name: string, response: ServerResponse): void {
    const pages = runbooks({ namespace: this.#deps.sources.namespace });
    const text = Object.hasOwn(pages, `${name}.md`) ? pages[`${name}.md`] : undefined;
    if (text === undefined) return sendProblem(response, 404, 'There is no such runbook.');
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-cache',
    });
    response.end(runbookPage(name, text));
  }
}

/** Relative, so that it is right behind a proxy that rewrites paths. */
function redirect(response: ServerResponse, path: string): void {
  const last = path.split('/').at(-1) ?? '';
  const location = last === '' ? './overview' : `./${last}/overview`;
  response.writeHead(302, { Location: location, 'Cache-Control': 'no-store' }).end();
}
