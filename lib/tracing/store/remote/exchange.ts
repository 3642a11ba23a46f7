import { systemTimers } from '../../../kernel/timers.js';
import type { StoredSpan } from '../stored-trace.js';
import type { TraceQuery } from '../trace-query.js';
import { TraceStoreError } from '../trace-store.js';
import type { RemoteSettings } from './remote-trace-store-options.js';

/** Query parameters; those that are `undefined` are left out. */
export type Parameters = Readonly<Record<string, string | number | undefined>>;

/**
 * The requests of one call of a store. They share its time and its bytes: a call that takes many requests to answer is
 * bounded like one that takes a single request.
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

  /** Ends what is still under way; to be called when the answer is known. */
  close(): void {
    this.#stopTimer();
    this.#abort.abort();
  }

  /**
   * The JSON that the backend answers, `undefined` for the status 404.
   *
   * @param path - Begins with `/`; its parts are encoded already.
   * @throws TraceStoreError for everything else that is no JSON with the status 200
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
      return await fetch(url, {
        headers: { accept: 'application/json', ...headers },
        signal: this.#abort.signal,
        // Following it would hand the headers to whoever the answer names.
        redirect: 'manual',
      });
    } catch (error) {
      throw this.#failure(path, error);
    }
  }

  /** Counts what is left after decompression, so that a small answer cannot unfold without a limit. */
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

/** A query with what a backend must be told. */
export interface RemoteQuery extends TraceQuery {
  readonly limit: number;
  /** The range to search; the query's own bounds where it has them. Unix time in milliseconds. */
  readonly searchFromMs: number;
  readonly searchToMs: number;
}

/** What differs between two backends: how they are asked, and what their answers look like. */
export interface TraceApi {
  /** The spans of one trace; none when the backend does not know it. */
  getSpans(exchange: Exchange, traceId: string): Promise<readonly StoredSpan[]>;
  /**
   * All spans of the traces that may match, in any order, the same span perhaps more than once. The backend is told what
   * it can filter by; what it lets through too much is left out afterwards.
   */
  findSpans(exchange: Exchange, query: RemoteQuery): Promise<readonly StoredSpan[]>;
}
