import { type CommandIo, UsageError } from './command-io.js';

const TIME_LIMIT_MS = 5_000;
const MEGABYTE = 1024 * 1024;
const SIZE_LIMIT = 64 * MEGABYTE;
const ALLOWED =
  'Run the command on the machine of the service, or set OBSERVABILITY_AUTHORIZATION to the header that its guards accept.';
/** Address of a service without another one. */
export const DEFAULT_URL = 'http://localhost:3000';

/** Page of a service. */
export interface ServicePage {
  /** Address without credentials and query. */
  readonly place: string;
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** Page to read. */
export interface PageRequest {
  /** Value of the option `url`. */
  readonly url: string | boolean | undefined;
  /** Path of an address without one. */
  readonly path: string;
  readonly accept: string;
  /** Path below that of the page, which the option `url` does not contain. @defaultValue none */
  readonly below?: string;
  /** Parameters that are added to the address. */
  readonly query?: Readonly<Record<string, string>>;
  /** @defaultValue 5000 */
  readonly timeLimitMs?: number;
}

/** Reads pages of a running service, within limits of time and size. Its messages contain no credentials. */
export class ServiceReader {
  readonly #io: CommandIo;

  constructor(io: CommandIo) {
    this.#io = io;
  }

  /** @throws UsageError for an address that is invalid or does not answer. */
  async read({
    url,
    path,
    accept,
    below,
    query = {},
    ...limits
  }: PageRequest): Promise<ServicePage> {
    const { timeLimitMs = TIME_LIMIT_MS } = limits;
    const given = String(url ?? this.#io.env['OBSERVABILITY_URL'] ?? DEFAULT_URL);
    const address = addressOf(given, path);
    if (below !== undefined) address.pathname = `${address.pathname.replace(/\/+$/, '')}/${below}`;
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    const place = `${address.origin}${address.pathname}`;
    const headers = { accept, ...this.#authorization(address) };
    // fetch refuses an address with credentials, and its message repeats them.
    address.username = address.password = '';
    try {
      const signal = AbortSignal.timeout(timeLimitMs);
      const response = await this.#io.fetch(address, { headers, signal });
      const contentType = response.headers.get('content-type') ?? '';
      return { place, status: response.status, contentType, text: await textOf(response, place) };
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`${place} ${reasonOf(error, timeLimitMs)}`);
    }
  }

  /**
   * Reads JSON from the diagnosis endpoint.
   *
   * @throws UsageError for an address that is invalid, does not answer, or is not a diagnosis endpoint.
   */
  async diagnosis<T>(
    url: PageRequest['url'],
    query?: PageRequest['query'],
  ): Promise<T & Readonly<Record<string, unknown>>> {
    const accept = 'application/json';
    const page = await this.read({ url, path: '/diagnosis', accept, ...(query && { query }) });
    const remedy = 'Set the option diagnosis of ObservabilityModule, and --url to its address.';
    const { place } = page;
    assertFound(page, remedy);
    try {
      const value: unknown = JSON.parse(page.text);
      if (typeof value === 'object' && value !== null)
        return value as T & Readonly<Record<string, unknown>>;
    } catch {
      // Not JSON, as the page of another server.
    }
    throw new UsageError(`${place} is not a diagnosis endpoint. ${remedy}`);
  }

  #authorization({ username, password }: URL): Readonly<Record<string, string>> {
    const given = this.#io.env['OBSERVABILITY_AUTHORIZATION'];
    if (username === '' && password === '') return given ? { authorization: given } : {};
    const pair = [username, password].map(decoded).join(':');
    return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  }
}

/** @throws UsageError with the remedy, for a page that has not answered 200. */
export function assertFound({ place, status }: ServicePage, remedy: string): void {
  if (status === 200) return;
  const isRefused = status === 401 || status === 403;
  throw new UsageError(`${place} answered ${status}. ${isRefused ? ALLOWED : remedy}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function addressOf(text: string, path: string): URL {
  // Node.js 20 has no URL.parse().
  const address = URL.canParse(text) ? new URL(text) : null;
  if (address === null || !/^https?:$/.test(address.protocol))
    throw new UsageError('--url is not an address such as http://localhost:3000');
  if (address.pathname === '/') address.pathname = path;
  return address;
}

async function textOf(response: Response, place: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > SIZE_LIMIT)
      throw new UsageError(`${place} answered more than ${SIZE_LIMIT / MEGABYTE} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Messages of errors may contain an address with credentials. */
function reasonOf(error: unknown, timeLimitMs: number): string {
  const { name, cause } = error as { name?: unknown; cause?: { code?: unknown } };
  if (name === 'TimeoutError') return `did not answer within ${timeLimitMs / 1000} s`;
  const code = cause?.code;
  return `cannot be reached${typeof code === 'string' ? ` (${code})` : ''}`;
}
