import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
import { MethodOverrides } from '../../instrumentation/calls/method-overrides.js';
import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import type { Capability } from '../../kernel/capability.js';
import { notify } from '../../kernel/hooks.js';
import { defaultErrorFormatter } from './mercurius-formatter.js';
import { type Operation, type OperationDeps, OperationRecorder } from './operation-recorder.js';

/** Driver of `@nestjs/graphql`, with the members that this library uses. */
interface Driver {
  readonly instance?: unknown;
  start: AnyFunction;
}

/** Options of a driver, when it starts. */
interface DriverOptions {
  readonly schema?: Schema;
  readonly plugins?: readonly unknown[];
  /** Of Mercurius. */
  readonly errorFormatter?: AnyFunction;
}

interface Schema {
  getSubscriptionType?(): { getFields(): Record<string, { subscribe?: AnyFunction }> } | undefined;
}

/** Fastify with Mercurius. */
interface Mercurius {
  readonly graphql?: { addHook?(name: string, hook: AnyFunction): unknown };
}

interface ApolloRequest {
  readonly operation?: Operation;
  readonly errors?: readonly unknown[];
}

interface Document {
  readonly definitions?: readonly (Operation & { readonly kind?: unknown })[];
}

interface Execution {
  readonly errors?: readonly unknown[] | null;
}

interface Running {
  readonly startedMs: number;
  readonly operation: Operation | undefined;
}

/**
 * Observes the operations of `@nestjs/graphql` in one application: by a plugin of Apollo, by hooks of Mercurius, and
 * subscriptions by the fields of the schema.
 */
export class GraphqlIntegration implements Capability {
  readonly name = 'graphql';
  readonly #recorder: OperationRecorder;
  readonly #faults: OperationDeps['faults'];
  readonly #modules: Modules;
  readonly #overrides = new MethodOverrides();
  // Errors of running operations before they are formatted.
  readonly #errors = new WeakMap<object, readonly unknown[]>();
  // Running operations of Mercurius by their context.
  readonly #running = new WeakMap<object, Running>();

  constructor(deps: OperationDeps, modules: Modules) {
    this.#recorder = new OperationRecorder(deps);
    this.#faults = deps.faults;
    this.#modules = modules;
  }

  /** Observes the drivers before they start, which they do in hooks of initialization. */
  configure(): void {
    for (const it of driversOf(this.#modules))
      notify(this.#faults, 'messages', () => this.#observe(it));
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    this.#overrides.release();
  }

  #observe(driver: Driver): void {
    const prepared = (options: unknown) => this.#prepared(driver, options as DriverOptions);
    const started = () => notify(this.#faults, 'messages', () => this.#hook(driver));
    this.#overrides.method(
      driver,
      'start',
      (original) =>
        async function (this: unknown, options, ...rest) {
          const result = await original.call(this, prepared(options), ...rest);
          started();
          return result;
        },
    );
  }

  #prepared(driver: Driver, options: DriverOptions): DriverOptions {
    notify(this.#faults, 'messages', () => this.#observeSubscriptions(options.schema));
    // Other drivers have plugins of another kind in this place.
    if (!isOfApollo(driver)) return this.#withFormatter(options);
    return { ...options, plugins: [...(options.plugins ?? []), this.#apolloPlugin()] };
  }

  #apolloPlugin(): object {
    const recorder = this.#recorder;
    return {
      requestDidStart: async () => {
        const startedMs = recorder.start();
        return {
          willSendResponse: async ({ operation, errors }: ApolloRequest) =>
            recorder.end(startedMs, operation, errors),
        };
      },
    };
  }

  /** Mercurius turns errors into texts before the hooks see them. */
  #withFormatter(options: DriverOptions): DriverOptions {
    const format = options.errorFormatter ?? defaultErrorFormatter();
    if (format === undefined) return options;
    const formatted = (execution: Execution, context: object) => {
      const errors = [...(execution.errors ?? [])];
      this.#errors.set(context, errors);
      // Its error handler formats the errors of a document that never ran.
      if (!('data' in execution) && !this.#running.has(context)) this.#recorder.refuse(errors);
    };
    const faults = this.#faults;
    return {
      ...options,
      errorFormatter(this: unknown, ...args) {
        notify(faults, 'messages', () => formatted(args[0] as Execution, args[1] as object));
        return format.apply(this, args);
      },
    };
  }

  #hook({ instance }: Driver): void {
    const { graphql } = (instance ?? {}) as Mercurius;
    if (typeof graphql?.addHook !== 'function') return;
    const running = this.#running;
    const recorder = this.#recorder;
    graphql.addHook('preExecution', async (...args) => {
      const [, document, context] = args;
      const operation = onlyOperationOf(document as Document);
      if (operation?.operation === 'subscription') return;
      running.set(context as object, { startedMs: recorder.start(), operation });
    });
    graphql.addHook('onResolution', async (...args) => {
      const [execution, context] = args;
      const begun = running.get(context as object);
      if (begun === undefined) return;
      running.delete(context as object);
      const errors = this.#errors.get(context as object) ?? (execution as Execution).errors ?? [];
      recorder.end(begun.startedMs, begun.operation, errors);
    });
  }

  /** Subscriptions reach the schema by another way than queries, whichever server carries them. */
  #observeSubscriptions(schema: Schema | undefined): void {
    const recorder = this.#recorder;
    for (const field of Object.values(schema?.getSubscriptionType?.()?.getFields() ?? {})) {
      if (typeof field.subscribe !== 'function') continue;
      this.#overrides.replace(
        field,
        'subscribe',
        (original) =>
          async function (this: unknown, ...args) {
            const { operation } = (args[3] ?? {}) as { operation?: Operation };
            const startedMs = recorder.start();
            try {
              const events = await original.apply(this, args);
              recorder.end(startedMs, operation);
              return events;
            } catch (error) {
              recorder.end(startedMs, operation, [error]);
              throw error;
            }
          },
      );
    }
  }
}

/** Returns true for a driver whose class, or a parent of it, has a name of Apollo's. */
function isOfApollo(driver: object): boolean {
  let prototype = Object.getPrototypeOf(driver) as object | null;
  while (prototype !== null && prototype !== Object.prototype) {
    if (prototype.constructor.name.startsWith('Apollo')) return true;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return false;
}

function onlyOperationOf({ definitions = [] }: Document): Operation | undefined {
  const operations = definitions.filter(({ kind }) => kind === 'OperationDefinition');
  return operations.length === 1 ? operations[0] : undefined;
}

/** Returns the drivers among the providers, by shape. */
function driversOf(modules: Modules): Driver[] {
  const found = new Set<Driver>();
  for (const { providers } of modules) {
    for (const { instance } of providers.values()) {
      if (typeof instance !== 'object' || instance === null) continue;
      const { start, generateSchema, mergeDefaultOptions } = instance as Record<string, unknown>;
      const isDriver = [start, generateSchema, mergeDefaultOptions].every(
        (it) => typeof it === 'function',
      );
      if (isDriver) found.add(instance as unknown as Driver);
    }
  }
  return [...found];
}
