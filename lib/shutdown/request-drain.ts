import type { Server } from 'node:http';
import type { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { HealthRoutes } from '../health/health-routes.js';
import type { OpenRequests } from '../http/open-requests.js';
import type { Capability } from '../kernel/capability.js';
import { systemTimers } from '../kernel/timers.js';
import type { Drain, DrainPhase } from './drain.js';
import { HttpTraffic } from './http-traffic.js';
import type { NewWork } from './drain-options.js';

/** Dependencies of a {@link RequestDrain}. */
export interface RequestDrainDeps {
  readonly drain: Drain;
  readonly openRequests: OpenRequests;
  /** Paths of the library's endpoints, with the global prefix. */
  readonly endpointPaths: { has(path: string): boolean };
  readonly modules: ModulesContainer;
  readonly host: HttpAdapterHost;
  /** Starts the drain, or waits for the running one. */
  end(): Promise<void>;
  warn(message: string): void;
}

/** Delays the drain for open HTTP requests and rejects further ones after it. */
export class RequestDrain implements Capability {
  readonly name = 'requests';
  readonly #deps: RequestDrainDeps;
  /** Traffic by server: a testing module may create several applications. */
  readonly #traffic = new Map<unknown, HttpTraffic>();
  readonly #adapters = new WeakSet<object>();
  #isRefusal503 = false;
  #isFollowing = false;
  #ownHealth: HealthRoutes | undefined;

  constructor(deps: RequestDrainDeps) {
    this.#deps = deps;
    const { init$ } = deps.host as Partial<HttpAdapterHost>;
    // A testing module creates its adapter later.
    init$?.subscribe(() => this.#readOptions());
    this.#readOptions();
  }

  /** {@inheritDoc Capability.bootstrap} */
  bootstrap(): void {
    const { drain, openRequests, host } = this.#deps;
    // Nest's type does not allow an absent adapter, which a testing module has.
    const adapter = host.httpAdapter as HttpAdapterHost['httpAdapter'] | null | undefined;
    const server = adapter?.getHttpServer?.() as Partial<Server> | undefined;
    openRequests.watch(server);
    if (drain.options === false || this.#traffic.has(server)) return;
    const isProbe = (method: string, path: string) => this.#isProbe(method, path);
    const traffic = new HttpTraffic(openRequests, server, isProbe);
    this.#traffic.set(server, traffic);
    drain.works.add(traffic);
    if (adapter) {
      this.#endBefore(adapter);
      this.#endConnectionsOf(adapter, traffic);
    }
    if (!this.#isFollowing) drain.onPhase((phase, newWork) => this.#follow(phase, newWork));
    this.#isFollowing = true;
    // Nest may shut down during a start, which may still open the server.
    if (drain.phase !== 'serving') this.#follow(drain.phase, 'finish');
  }

  /** {@inheritDoc Capability.stop} The server has closed; whoever uses it again gets the answers of the application. */
  stop(): void {
    for (const it of this.#traffic.values()) it.release();
  }

  #follow(phase: DrainPhase, newWork: NewWork): void {
    const refuses = newWork === 'refuse' || this.#impliesRefusal;
    for (const it of this.#traffic.values()) {
      if (phase !== 'serving') it.closeConnections();
      if (phase === 'draining' || phase === 'drained') it.endStreams();
      if (phase === 'drained' || (phase === 'draining' && refuses)) it.refuse();
    }
  }

  /** True if Nest's `return503OnClosing` decides about new requests. */
  get #impliesRefusal(): boolean {
    const { options } = this.#deps.drain;
    return this.#isRefusal503 && options !== false && options.newWork === undefined;
  }

  /** Nest hands its options to the adapter only, which does not keep them. */
  #readOptions(): void {
    const adapter = this.#deps.host.httpAdapter as
      HttpAdapterHost['httpAdapter'] | null | undefined;
    if (!adapter || this.#adapters.has(adapter)) return;
    const { initHttpServer } = adapter as {
      readonly initHttpServer?: (options: unknown) => unknown;
    };
    if (typeof initHttpServer !== 'function') return;
    this.#adapters.add(adapter);
    const value = (options?: { readonly return503OnClosing?: boolean }) => {
      this.#isRefusal503 ||= options?.return503OnClosing === true;
      return initHttpServer.call(adapter, options);
    };
    Object.defineProperty(adapter, 'initHttpServer', { configurable: true, writable: true, value });
  }

  /** Returns `true` for the library's endpoints and for health controllers of the application. */
  #isProbe(method: string, path: string): boolean {
    if (this.#deps.endpointPaths.has(path)) return true;
    const modules = [...this.#deps.modules.values()];
    this.#ownHealth ??= new HealthRoutes(modules.flatMap((it) => [...it.controllers.values()]));
    return this.#ownHealth.includes(method, path);
  }

  /**
   * Drains before `beforeClose`, after which an adapter with `return503OnClosing` responds 503 to
   * every request, including probes.
   */
  #endBefore(adapter: HttpAdapterHost['httpAdapter']): void {
    const { beforeClose } = adapter as { readonly beforeClose?: () => unknown };
    if (typeof beforeClose !== 'function') return;
    const value = async () => {
      await this.#deps.end();
      await beforeClose.call(adapter);
    };
    Object.defineProperty(adapter, 'beforeClose', { configurable: true, writable: true, value });
  }

  /**
   * Ends the connections that keep a closing server from closing. Node itself closes only those that wait for a further
   * request, and Nest the others only with `forceCloseConnections`.
   */
  #endConnectionsOf(adapter: HttpAdapterHost['httpAdapter'], traffic: HttpTraffic): void {
    const { drain, openRequests, warn } = this.#deps;
    const { close } = adapter as { readonly close?: () => unknown };
    if (typeof close !== 'function') return;
    const value = async () => {
      const closed = close.call(adapter);
      const limitMs = drain.connectionLimitMs;
      if (limitMs === undefined) return closed;
      traffic.endStreams();
      openRequests.endSilentConnections();
      const stop = systemTimers.after(limitMs, () => {
        const count = openRequests.endConnections();
        if (count > 0) warn(`ended ${count} connections that were still open`);
      });
      try {
        return await closed;
      } finally {
        stop();
      }
    };
    Object.defineProperty(adapter, 'close', { configurable: true, writable: true, value });
  }
}
