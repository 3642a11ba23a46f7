import type { CommandCall } from '../command.js';
import { UsageError } from '../command-io.js';
import { DEFAULT_URL, type ServicePage } from '../service-reader.js';

const API = '/prometheus';
const REMEDY = 'Set the option api of history(), and --url to its address, such as';

/** Answer of the query API. */
interface Answer<T> {
  readonly error?: unknown;
  readonly data?: T;
}

/**
 * Reads an answer of the query API of a service, or of a Prometheus.
 *
 * @param path - Path below `/api/v1`.
 * @throws UsageError for an address that does not answer, or is no query API, and with the message of a failed query.
 */
export async function readQueryApi<T>(
  call: CommandCall,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<T> {
  const page = await call.service.read({
    url: call.options['url'],
    path: API,
    below: `api/v1/${path}`,
    accept: 'application/json',
    query,
  });
  const answer = parsed<T>(page);
  if (answer?.data !== undefined) return answer.data;
  if (typeof answer?.error === 'string') throw new UsageError(answer.error);
  throw new UsageError(
    `${page.place} answered ${page.status} and is no query API. ${REMEDY} ${DEFAULT_URL}${API}.`,
  );
}

function parsed<T>({ text }: ServicePage): Answer<T> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
