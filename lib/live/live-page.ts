import type { IncomingMessage, ServerResponse } from 'node:http';
import { offerInjectables } from '../kernel/peers/process-state.js';
import { Access, type AccessMode } from './http/access.js';
import { LiveSite } from './http/live-site.js';
import { sendProblem } from './http/answers.js';
import { sessionKey } from './http/session-key.js';
import { liveDefaults, type LivePageOptions } from './live-options.js';
import type { LiveSources } from './state/live-sources.js';
import { StateReader } from './state/state-reader.js';
import { Frames } from './stream/frames.js';
import { LiveStream } from './stream/live-stream.js';

/**
 * The live page of one application. The plugin {@link livePage} provides it.
 *
 * @example
 * ```ts
 * import type { INestApplication } from '@nestjs/common';
 * import { LivePage } from '@eventcore/nestjs-observability/live';
 *
 * export async function start(app: INestApplication): Promise<void> {
 *   await app.listen(3000);
 *   console.log(app.get(LivePage).link('http://localhost:3000'));
 * }
 * ```
 */
export class LivePage {
  readonly #options: LivePageOptions;
  readonly #access: Access;
  #path: string;
  #site: LiveSite | undefined;
  #stream: LiveStream | undefined;

  /** @internal */
  constructor(options: LivePageOptions, access = accessOf(options)) {
    this.#options = options;
    this.#access = access;
    this.#path = options.path ?? liveDefaults.path;
  }

  /** Number of open pages. */
  get viewers(): number {
    return this.#stream?.viewers ?? 0;
  }

  /**
   * Returns the address of the page. Without guards it contains a secret that opens one session, in the part that
   * browsers send to no server.
   *
   * @param origin - Scheme, host and port, such as `http://localhost:3000`.
   */
  link(origin: string): string {
    const address = `${origin.replace(/\/+$/, '')}${this.#path}`;
    return this.#access.mode === 'link' ? `${address}#link=${this.#access.issueLink()}` : address;
  }

  /** Answers a request to a file below the path of the page. @internal */
  async answer(file: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#site === undefined) return sendProblem(response, 503, 'Recording is disabled.');
    await this.#site.answer(file, request, response);
  }

  /** Connects the page to what it shows. @internal */
  connect(sources: LiveSources, prefix = ''): void {
    const { intervalMs, maxViewers } = { ...liveDefaults, ...this.#options };
    const { allowActions = false, path = liveDefaults.path } = this.#options;
    this.#path = prefix + path;
    const reader = new StateReader({ ...sources, canSilence: allowActions });
    const frames = new Frames(() => reader.read(), sources, intervalMs);
    const fault = (error: unknown): undefined => void sources.fault(error);
    this.#stream?.end();
    this.#stream = new LiveStream({ frames, everyMs: intervalMs, maxViewers, fault });
    const [access, stream] = [this.#access, this.#stream];
    this.#site = new LiveSite({ sources, access, frames, stream, allowActions });
  }

  /** Ends all streams; a page that is open says so, and comes back by itself. @internal */
  end(): void {
    this.#stream?.end();
  }
}

offerInjectables(LivePage);

function accessOf({ guards = [], port }: LivePageOptions): Access {
  const mode: AccessMode = port !== undefined ? 'loopback' : guards.length > 0 ? 'guards' : 'link';
  return new Access(mode, sessionKey());
}
