import type { WorkDeps, WorkIntegration } from './work-deps.js';
import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
import {
  clientsOf,
  hasMessageHandlers,
} from '../../integrations/microservices/microservice-parts.js';
import { hasGateways } from '../../integrations/websockets/gateways.js';
import type { Capability } from '../../kernel/capability.js';
import type { Drain } from '../../shutdown/drain.js';
import type { ObservabilityOptions } from '../options/observability-options.js';

interface Work {
  isOn(options: ObservabilityOptions): boolean;
  /** Returns true if the application uses the package. */
  isUsed(modules: Modules): boolean;
  load(): Promise<WorkIntegration>;
}

const WORKS: readonly Work[] = [
  {
    isOn: ({ jobs }) => jobs !== false,
    isUsed: imports('ScheduleModule'),
    load: async () => {
      const { ScheduleIntegration } =
        await import('../../integrations/schedule/schedule-integration.js');
      return (deps, modules) =>
        new ScheduleIntegration({ ...deps, onDraining: beginOf(deps.drain) }, modules);
    },
  },
  {
    isOn: ({ jobs }) => jobs !== false,
    isUsed: imports('BullModule'),
    load: async () => {
      const { BullIntegration } = await import('../../integrations/bullmq/bullmq-integration.js');
      return (deps, modules) => {
        const { instrumentation, faults, jobs, following: tracing, drain } = deps;
        const onDraining = beginOf(drain);
        drain.onPhase((phase) => phase === 'drained' && jobs.queues.stop());
        return new BullIntegration({ instrumentation, faults, jobs, tracing, onDraining }, modules);
      };
    },
  },
  {
    isOn: ({ messages }) => messages !== false,
    isUsed: (modules) =>
      [
        hasMessageHandlers,
        hasGateways,
        imports('EventEmitterModule'),
        imports('ClientsModule'),
      ].some((it) => it(modules)),
    load: () => loadMessages(),
  },
  {
    isOn: ({ graphql }) => graphql !== false,
    isUsed: imports('GraphQLModule'),
    load: async () => {
      const { GraphqlIntegration } =
        await import('../../integrations/graphql/graphql-integration.js');
      return ({ namespace, options: { graphql }, ...deps }, modules) => {
        const { operations } = graphql || {};
        return new GraphqlIntegration({ ...deps, naming: { namespace }, operations }, modules);
      };
    },
  },
  {
    isOn: ({ outbound }) => outbound !== false,
    isUsed: () => true,
    load: async () => {
      const { OutboundRequests } =
        await import('../../integrations/outbound-http/outbound-requests.js');
      return ({ registry, namespace, clock, faults, options: { outbound = {} } }) => {
        const { exclude = [] } = outbound || {};
        return new OutboundRequests({ registry, naming: { namespace }, clock, faults, exclude });
      };
    },
  },
  {
    isOn: ({ http }) => http !== false,
    isUsed: () => true,
    load: async () => {
      const { ConnectionMetrics } = await import('../../http/connections/connection-metrics.js');
      return (deps) => new ConnectionMetrics({ ...deps, naming: { namespace: deps.namespace } });
    },
  },
];

const loadMessages = async (): Promise<WorkIntegration> => {
  const { MessageWork } = await import('./message-work.js');
  return (deps, modules) => new MessageWork(deps, modules);
};

/** Loads the integrations of the packages that the application uses. */
export async function loadWorks(
  modules: Modules,
  options: ObservabilityOptions,
): Promise<readonly WorkIntegration[]> {
  const all = [...modules];
  const used = WORKS.filter((it) => it.isOn(options) && it.isUsed(all));
  return Promise.all(used.map((it) => it.load()));
}

/** Returns a function that registers what happens when a drain begins to wait for work. */
function beginOf(drain: Drain): (listener: () => void) => void {
  return (listener) =>
    drain.onPhase((phase) => {
      if (phase === 'draining' && drain.options !== false) listener();
    });
}

function imports(name: string): (modules: Modules) => boolean {
  return (modules) => [...modules].some(({ metatype }) => metatype?.name === name);
}

/** The integrations of one application, and the jobs that they have found. */
export function workIntegrations(works: readonly WorkIntegration[], deps: WorkDeps): Capability[] {
  const all = [...deps.container.values()];
  const made = works.map((create) => create(deps, all));
  return [
    ...made,
    ...(made.some(({ name }) => name === 'messages') ? [] : [new FoundClients(deps)]),
    { name: 'jobs', stop: () => deps.jobs.stop() },
  ];
}

/** Observes messages of an application whose only sign of them is a client that one of its factories has made. */
class FoundClients implements Capability {
  readonly name = 'message_clients';
  readonly #deps: WorkDeps;
  #found: Capability | undefined;

  constructor(deps: WorkDeps) {
    this.#deps = deps;
  }

  async init(): Promise<void> {
    const { container, options } = this.#deps;
    const modules = [...container.values()];
    if (options.messages === false || clientsOf(modules).size === 0) return;
    this.#found = (await loadMessages())(this.#deps, modules);
    await this.#found.init?.();
  }

  async stop(): Promise<void> {
    await this.#found?.stop?.();
  }
}
