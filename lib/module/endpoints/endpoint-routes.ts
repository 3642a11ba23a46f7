import type { HttpAdapterHost } from '@nestjs/core';
import type { ExpressApplication } from '../../http/express/express-layers.js';
import { type ExpressEndpoint, ExpressPrecedence } from '../../http/express/express-router.js';
import type { Capability } from '../../kernel/capability.js';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import type { EndpointDiagnosis } from '../diagnosis/diagnosis.js';
import { type EndpointMark, endpointMark } from './endpoint-controller.js';

type Adapter = HttpAdapterHost['httpAdapter'];
type Register = (path: string, handler: unknown) => unknown;

/** Fastify instance, as far as it is used. */
interface FastifyRouting {
  hasRoute?(route: { readonly method: string; readonly url: string }): boolean;
  register(
    plugin: (instance: unknown, options: unknown, done: (error?: Error) => void) => void,
  ): unknown;
}

/** Route of the library that Nest has resolved and the router does not know yet. */
interface HeldRoute extends EndpointMark {
  readonly path: string;
  register(): void;
}

/** Dependencies of {@link EndpointRoutes}. */
export interface EndpointRoutesDeps {
  readonly host: HttpAdapterHost;
  /** Diagnosis of the endpoints, which is filled. */
  readonly endpoints: EndpointDiagnosis[];
  /** Receives a path that the library answers. */
  serve(path: string): void;
  warn(message: string): void;
}

// Routes are GET, or HEAD while Nest compares them.
const METHODS = ['get', 'head'] as const;
const DUPLICATE = 'FST_ERR_DUPLICATED_ROUTE';

/**
 * Registers the routes of the library's endpoints after those of the application, so that the router knows which paths
 * the application serves. These belong to the application, whatever the order of imports.
 */
export class EndpointRoutes implements Capability {
  readonly name = 'endpoints';
  readonly #deps: EndpointRoutesDeps;
  #held: HeldRoute[] = [];
  #express: ExpressEndpoint[] = [];
  #release: () => void = () => undefined;

  constructor(deps: EndpointRoutesDeps) {
    this.#deps = deps;
  }

  /**
   * Holds the library's routes back while Nest registers routes.
   *
   * @returns False on an unknown platform, whose router is not asked.
   */
  hold(): boolean {
    const adapter = this.#adapter;
    if (adapter === undefined) return false;
    this.#held = [];
    const get = adapter.get.bind(adapter) as Register;
    const release = METHODS.map((method) => this.#holdMethod(adapter, method, get));
    this.#release = () => {
      for (const it of release) it();
      this.#release = () => undefined;
    };
    return true;
  }

  #holdMethod(adapter: Adapter, method: (typeof METHODS)[number], get: Register): () => void {
    const before = Object.getOwnPropertyDescriptor(adapter, method);
    const register = adapter[method].bind(adapter) as Register;
    const value: Register = (path, handler) => {
      const mark = endpointMark(handler);
      if (mark === undefined) return register(path, handler);
      this.#held.push({ ...mark, path, register: () => void get(path, handler) });
      return undefined;
    };
    Object.defineProperty(adapter, method, { configurable: true, writable: true, value });
    return () => {
      if (before === undefined) Reflect.deleteProperty(adapter, method);
      else Object.defineProperty(adapter, method, before);
    };
  }

  /** Registers the routes on Express: after those of all controllers, and before the handler of unknown paths. */
  init(): void {
    const adapter = this.#adapter;
    this.#release();
    if (adapter?.getType() !== 'express') return;
    const express = expressOf(adapter);
    this.#express = this.#held.map(({ path, register }) => {
      const before = express.router?.stack.length ?? 0;
      register();
      return { path, layers: express.router?.stack.slice(before) ?? [] };
    });
  }

  /** @throws ConfigurationError `OBS_ENDPOINT_TAKEN` for a path that an option names. */
  bootstrap(): void {
    this.#release();
    const adapter = this.#adapter;
    const held = this.#held;
    this.#held = [];
    if (adapter === undefined || held.length === 0) return;
    if (adapter.getType() === 'express') this.#settleExpress(adapter, held);
    else this.#settleFastify(adapter, held);
  }

  stop(): void {
    this.#release();
  }

  #settleExpress(adapter: Adapter, held: readonly HeldRoute[]): void {
    const endpoints = this.#express;
    const precedence = new ExpressPrecedence(expressOf(adapter), endpoints);
    const isTaken = ({ path }: HeldRoute) =>
      endpoints.some((it) => it.path === path && precedence.settle(it));
    this.#tell(held, held.filter(isTaken));
  }

  /** A plugin that is registered last sees the routes of all others, and Fastify rejects none of theirs. */
  #settleFastify(adapter: Adapter, held: readonly HeldRoute[]): void {
    const fastify = adapter.getInstance() as FastifyRouting;
    const isTaken = ({ path }: HeldRoute) =>
      fastify.hasRoute?.({ method: 'GET', url: path }) === true;
    const taken = held.filter(isTaken);
    this.#tell(held, taken);
    const free = held.filter((it) => !taken.includes(it));
    const plugin = (_instance: unknown, _options: unknown, done: (error?: Error) => void) => {
      try {
        const late = free.filter((it) => isTaken(it) || !registers(it));
        if (late.length > 0) this.#tell(free, late);
        done();
      } catch (error) {
        done(error as Error);
      }
    };
    // Routes of the root, as those of Nest.
    Object.defineProperty(plugin, Symbol.for('skip-override'), { value: true });
    fastify.register(plugin);
  }

  /** Gives way in one warning; an option that names a path stops the start. */
  #tell(held: readonly HeldRoute[], taken: readonly HeldRoute[]): void {
    const { endpoints, serve, warn } = this.#deps;
    const named = taken.find(({ isNamed }) => isNamed);
    if (named !== undefined) throw endpointTaken(named);
    const paths = new Set(held.map(({ path }) => path));
    const others = endpoints.filter((it) => !paths.has(it.path));
    endpoints.splice(0, endpoints.length, ...others);
    for (const it of held) {
      const answeredBy = taken.includes(it) ? 'application' : 'library';
      endpoints.push({ purpose: it.purpose, path: it.path, answeredBy });
      if (answeredBy === 'library') serve(it.path);
    }
    if (taken.length > 0) warn(givenWay(taken));
  }

  get #adapter(): Adapter | undefined {
    // Nest's type does not allow an absent adapter.
    const adapter = this.#deps.host.httpAdapter as Adapter | null | undefined;
    const type = (adapter as { getType?(): string } | null | undefined)?.getType?.();
    return type === 'express' || type === 'fastify' ? (adapter as Adapter) : undefined;
  }
}

function expressOf(adapter: Adapter): ExpressApplication {
  return adapter.getInstance() as ExpressApplication;
}

/** Returns false for a route that Fastify has already, in another form. */
function registers(route: HeldRoute): boolean {
  try {
    route.register();
    return true;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === DUPLICATE) return false;
    throw error;
  }
}

function givenWay(taken: readonly HeldRoute[]): string {
  const paths = taken.map(({ path }) => path).join(', ');
  const options = [...new Set(taken.map(({ purpose }) => REMEDIES[purpose]))].join('; ');
  return `routes of the application answer ${paths}: the library does not serve ${taken.length === 1 ? 'it' : 'them'}. ${options}.`;
}

const REMEDIES = {
  metrics: 'Set prometheus.path or prometheus.port for the metrics, or prometheus: false',
  health:
    'Set health.path or health.port for the probes, health.aliases: false for none at /live and /ready, or health: false',
  diagnosis: 'Set diagnosis.path',
} as const;

function endpointTaken({ purpose, path }: HeldRoute): ConfigurationError {
  const option = purpose === 'metrics' ? 'prometheus' : purpose;
  const otherPort = purpose === 'diagnosis' ? '' : `, set ${option}.port`;
  return new ConfigurationError('OBS_ENDPOINT_TAKEN', {
    subject: `${option}.path`,
    value: path,
    rule: 'no route of the application may have this path',
    remedy: `Choose another ${option}.path${otherPort}, or remove the route.`,
  });
}
