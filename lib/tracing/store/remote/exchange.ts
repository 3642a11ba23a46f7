import { asOwnTraffic } from '../../../kernel/following/own-traffic.js';
import { systemTimers } from '../../../kernel/timers.js';
import type { StoredSpan } from '../stored-trace.js';
import type { TraceQuery } from '../trace-query.js';
import { TraceStoreError } from '../trace-store.js';
import type { RemoteSettings } from './remote-trace-store-options.js';

/** Query parameters; `undefined` ones are omitted. */
export type Parameters = Readonly<Record<string, string | number | undefined>>;

/**
 * HTTP requests of one call of a store. They share the time and size limits, so that a call with
 * many requests is bounded like one with a single request.
 */
export class Exchange {
  readonly #settings: RemoteSettings;
  readonly #abort = new AbortController();
  readonly #stopTimer: () => void;
  #isLate = false;
  #bytesLeft: number;

  constructor(settings: RemoteSettings) {
    this.#settings = settings;
    this.#bytesLeft = settings.maxResponseBytes;
    const expire = () => {
      this.#isLate = true;
      this.#abort.abort();
    };
    this.#stopTimer = systemTimers.after(settings.timeoutMs, expire, { keepsAlive: true });
  }

  /** Aborts pending requests. Call it once the result is known. */
  close(): void {
    this.#stopTimer();
    this.#abort.abort();
  }

  /**
   * Returns the JSON response of the backend; `undefined` for the status 404.
   *
   * @param path - Begins with `/`; its segments are encoded.
   * @throws TraceStoreError for anything but JSON with the status 200
   */
  async get(path: string, parameters: Parameters = {}): Promise<unknown> {
    const response = await this.#request(path, parameters);
    if (response.status === 200) return this.#parse(path, await this.#text(path, response));
    await response.body?.cancel().catch(() => undefined);
    if (response.status === 404) return undefined;
    const { status } = response;
    throw new TraceStoreError('OBS_TRACE_STORE_STATUS', {
      detail: `${status} for ${path}`,
      status,
    });
  }

  async #request(path: string, parameters: Parameters): Promise<Response> {
    const { baseUrl, headers } = this.#settings;
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined) search.set(name, String(value));
    }
    const url = search.size === 0 ? `${baseUrl}${path}` : `${baseUrl}${path}?${search}`;
    try {
      const signal = this.#abort.signal;
      const accepted = { accept: 'application/json', ...headers };
      // A redirect would send the headers to an arbitrary host.
      const options = { headers: accepted, signal, redirect: 'manual' } as const;
      return await asOwnTraffic(() => fetch(url, options));
    } catch (error) {
      throw this.#failure(path, error);
    }
  }

  /** Counts decompressed bytes, so that a small response cannot expand without a limit. */
  async #text(path: string, response: Response): Promise<string> {
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const chunk of response.body ?? []) {
        this.#bytesLeft -= chunk.byteLength;
        if (this.#bytesLeft < 0) throw this.#tooLarge();
        text += decoder.decode(chunk, { stream: true });
      }
    } catch (error) {
      throw error instanceof TraceStoreError ? error : this.#failure(path, error);
    }
    return text + decoder.decode();
  }

  #parse(path: string, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      const detail = `${path} did not answer with JSON: check the address and the version of the API.`;
      throw new TraceStoreError('OBS_TRACE_STORE_MALFORMED', { detail, cause });
    }
  }

  #failure(path: string, cause: unknown): TraceStoreError {
    if (this.#isLate) {
      const detail = `Not within ${this.#settings.timeoutMs} ms for ${path}`;
      return new TraceStoreError('OBS_TRACE_STORE_TIMEOUT', { detail, cause });
    }
    return new TraceStoreError('OBS_TRACE_STORE_UNREACHABLE', { detail: path, cause });
  }

  #tooLarge(): TraceStoreError {
    const detail = `More than ${this.#settings.maxResponseBytes} bytes.`;
    return new TraceStoreError('OBS_TRACE_STORE_TOO_LARGE', { detail });
  }
}

/** Query with the time range that backends require. */
export interface RemoteQuery extends TraceQuery {
  readonly limit: number;
  /** Time range of the search in Unix milliseconds: the bounds of the query, else the defaults. */
  readonly searchFromMs: number;
  readonly searchToMs: number;
}

/** Backend-specific part of a store: requests and response formats. */
export interface TraceApi {
  /** Returns the spans of one trace; none for an unknown trace. */
  getSpans(exchange: Exchange, traceId: string): Promise<readonly StoredSpan[]>;
  /**
   * Returns all spans of the traces that may match, in any order and with possible duplicates. The
   * backend filters as far as it can, and the store filters the rest.
   */
  findSpans(exchange: Exchange, query: RemoteQuery): Promise<readonly StoredSpan[]>;
}
