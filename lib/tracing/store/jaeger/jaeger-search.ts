import type { Exchange, RemoteQuery } from '../remote/exchange.js';
import type { StoredSpan } from '../stored-trace.js';
import { MAX_TRACE_LIMIT } from '../trace-query.js';
import { TraceStoreError } from '../trace-store.js';

const MAX_SERVICES = 50;
const CONCURRENT_REQUESTS = 4;
const MORE_THAN_ASKED = 5;

/**
 * Searches service by service when the query names none: the storages of Jaeger need one.
 *
 * @param list - Names of all services.
 * @param search - The spans of the traces of one service.
 */
export async function searchServices(
  query: RemoteQuery,
  list: () => Promise<readonly string[]>,
  search: (service: string) => Promise<readonly StoredSpan[]>,
): Promise<readonly StoredSpan[]> {
  if (query.service !== undefined) return search(query.service);
  const waiting = (await list()).slice(0, MAX_SERVICES).values();
  const found: (readonly StoredSpan[])[] = [];
  const work = async () => {
    for (const service of waiting) found.push(await search(service));
  };
  await Promise.all(Array.from({ length: CONCURRENT_REQUESTS }, work));
  return found.flat();
}

/** Attributes and status as Jaeger is asked for them; a status that is no error it cannot be asked for. */
export function toJaegerTags({ attributes, status }: RemoteQuery): string | undefined {
  const tags = Object.entries(attributes ?? {}).map(([key, value]) => [key, String(value)]);
  if (status === 'error') tags.push(['error', 'true']);
  return tags.length === 0 ? undefined : JSON.stringify(Object.fromEntries(tags));
}

/** How many traces to ask for; more than wanted when some of them will be left out here. */
export function toSearchDepth({ limit, status }: RemoteQuery): number {
  return status === 'ok' ? Math.min(MAX_TRACE_LIMIT, limit * MORE_THAN_ASKED) : limit;
}

/**
 * The answer of an endpoint that every Jaeger with this API has.
 *
 * @throws TraceStoreError `OBS_TRACE_STORE_STATUS` for the status 404
 */
export async function getExisting(
  exchange: Exchange,
  path: string,
  parameters: Parameters<Exchange['get']>[1] = {},
): Promise<unknown> {
  const answer = await exchange.get(path, parameters);
  if (answer !== undefined) return answer;
  const detail = `404 for ${path}: this Jaeger does not have the API that the option 'api' names.`;
  throw new TraceStoreError('OBS_TRACE_STORE_STATUS', { detail, status: 404 });
}
