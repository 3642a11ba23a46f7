import type { Capability } from '../kernel/capability.js';
import { endsWithin } from '../kernel/time-limit.js';
import type { ObservabilityPlugin, PluginContext } from './plugin.js';
import { servesRequests } from './serving-plugin.js';

const STOP_LIMIT_MS = 5_000;

/** Runs the hooks of a plugin in one application. Faults after the start are reported and isolated. */
export class PluginCapability implements Capability {
  readonly name: string;
  readonly #plugin: ObservabilityPlugin;
  readonly #context: PluginContext;
  #isRunning = false;
  #drained: Promise<void> | undefined;

  constructor(plugin: ObservabilityPlugin, context: PluginContext) {
    this.name = plugin.name;
    this.#plugin = plugin;
    this.#context = context;
  }

  /** {@inheritDoc Capability.init} */
  async init(): Promise<void> {
    this.#isRunning = true;
    await this.#plugin.init?.(this.#context);
  }

  /** {@inheritDoc Capability.bootstrap} */
  async bootstrap(): Promise<void> {
    await this.#plugin.bootstrap?.(this.#context);
  }

  /** {@inheritDoc Capability.started} */
  started(): void {
    void this.#guard(async () => this.#plugin.started?.(this.#context));
  }

  /** Sends what waits; nothing before the start and after the stop. Never rejects. */
  async flush(): Promise<void> {
    if (this.#isRunning) await this.#guard(async () => this.#plugin.flush?.(this.#context));
  }

  /** Ends streams of the plugin, first of all when the application begins to shut down. */
  leave(): void {
    if (this.#isRunning && servesRequests(this.#plugin)) this.#plugin.leave?.(this.#context);
  }

  /** {@inheritDoc Capability.drain} */
  async drain(): Promise<void> {
    if (!this.#isRunning) return;
    await (this.#drained ??= this.#guard(async () => this.#plugin.drain?.(this.#context)));
  }

  /** {@inheritDoc Capability.stop} */
  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    const stopping = this.#guard(async () => this.#plugin.stop?.(this.#context));
    if (await endsWithin(stopping, { limitMs: STOP_LIMIT_MS, keepsAlive: true })) return;
    this.#context.report(new Error(`stop() did not end within ${STOP_LIMIT_MS} ms`));
  }

  async #guard(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#context.report(error);
    }
  }
}
