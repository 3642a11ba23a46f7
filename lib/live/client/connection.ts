import { type Delta, withDelta } from '../stream/delta.format.js';
import type { ChangesFrame, FullFrame } from '../stream/frames.js';
import type { LiveState } from '../state/live-state.js';

/** State of the connection. */
export type Connection =
  | { readonly kind: 'live'; readonly atMs: number }
  | { readonly kind: 'paused'; readonly atMs: number }
  | { readonly kind: 'lost'; readonly atMs: number | undefined }
  | { readonly kind: 'bye'; readonly atMs: number }
  | { readonly kind: 'locked'; readonly reason: string };

/** Listener of a {@link Link}. */
export interface LinkListener {
  state(frame: FullFrame): void;
  connection(connection: Connection): void;
}

const RETRY_MS = 2_000;
/** A stream that a proxy holds back is silent: then the state is asked for again and again. */
const SILENCE_MS = 8_000;

/** Connection of the page to its service. It opens again by itself, and is closed while nobody looks. */
export class Link {
  readonly #listener: LinkListener;
  #frame: FullFrame | undefined;
  #source: EventSource | undefined;
  #timer: number | undefined;
  #isPaused = false;
  #polls = false;
  #byeMs: number | undefined;

  constructor(listener: LinkListener) {
    this.#listener = listener;
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#close();
      else if (!this.#isPaused) this.open();
    });
  }

  /** Opens the stream, or polls where streams do not get through. */
  open(): void {
    this.#close();
    if (this.#polls) return void this.#poll();
    const source = new EventSource('./stream');
    this.#source = source;
    this.#after(SILENCE_MS, () => {
      this.#polls = true;
      this.open();
    });
    source.addEventListener('state', (it) => this.#full(JSON.parse(it.data) as FullFrame));
    source.addEventListener('changes', (it) => this.#changes(JSON.parse(it.data) as ChangesFrame));
    source.addEventListener('bye', (it) => {
      this.#byeMs = (JSON.parse(it.data) as { readonly at: number }).at;
      this.#tell({ kind: 'bye', atMs: this.#byeMs });
      this.#again();
    });
    source.addEventListener('error', () => this.#failed());
  }

  /** Stops all updates, or goes on. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!isPaused) return this.open();
    this.#close();
    this.#tell({ kind: 'paused', atMs: this.#frame?.at ?? Date.now() });
  }

  #full(frame: FullFrame): void {
    window.clearTimeout(this.#timer);
    this.#byeMs = undefined;
    this.#frame = frame;
    this.#show(frame);
  }

  #changes({ n, at, changes }: ChangesFrame): void {
    const before = this.#frame;
    if (before === undefined || n <= before.n) return;
    // A frame was missed: the next stream begins with the whole state.
    if (n !== before.n + 1) return this.open();
    const state = withDelta(before.state, changes as Delta) as LiveState;
    this.#frame = { ...before, n, at, state };
    this.#show(this.#frame);
  }

  #show(frame: FullFrame): void {
    this.#tell({ kind: 'live', atMs: frame.at });
    this.#listener.state(frame);
  }

  #failed(): void {
    this.#close();
    if (this.#byeMs === undefined) this.#tell({ kind: 'lost', atMs: this.#frame?.at });
    void this.#whyNot();
  }

  /** A stream does not say why it was refused; the state does. */
  async #whyNot(): Promise<void> {
    const answer = await fetch('./state').catch(() => undefined);
    if (answer?.status === 401 || answer?.status === 403) {
      const { error } = (await answer.json().catch(() => ({}))) as { readonly error?: string };
      this.#tell({ kind: 'locked', reason: error ?? 'You may not read this page.' });
    }
    this.#again();
  }

  async #poll(): Promise<void> {
    try {
      const answer = await fetch('./state');
      if (!answer.ok) return await this.#whyNot();
      const frame = (await answer.json()) as FullFrame;
      this.#full(frame);
      this.#after(frame.every, () => void this.#poll());
    } catch {
      this.#failed();
    }
  }

  #again(): void {
    this.#close();
    this.#after(RETRY_MS, () => this.open());
  }

  #after(ms: number, run: () => void): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      if (!this.#isPaused && !document.hidden) run();
    }, ms);
  }

  #close(): void {
    window.clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  #tell(connection: Connection): void {
    this.#listener.connection(connection);
  }
}

/** Exchanges the secret of a one-time link for a session, and takes it out of the address. */
export async function openSession(): Promise<void> {
  const link = new URLSearchParams(location.hash.slice(1)).get('link');
  if (link === null) return;
  history.replaceState(null, '', location.pathname + location.search);
  await fetch('./session', { method: 'POST', headers: { 'X-Live-Link': link } }).catch(
    () => undefined,
  );
}

/** Reads JSON; rejects with the reason of the service. */
export async function read<T>(
  file: string,
  parameters: Readonly<Record<string, string>>,
): Promise<T> {
  const answer = await fetch(`./${file}?${new URLSearchParams(parameters).toString()}`);
  const body = (await answer.json()) as T & { readonly error?: string };
  if (!answer.ok) throw new Error(body.error ?? `The service answered ${answer.status}.`);
  return body;
}
