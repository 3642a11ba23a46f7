import type { HandlerKind } from '../../kernel/handler-kind.js';
import { projectionKind } from '../../kinds/projection.decorator.js';
import {
  type CatalogueMetric,
  type MetricNeed,
  nameIn,
} from '../../metrics/catalogue/catalogue-metric.js';
import type { ProjectionProgress } from '../../projections/projection-progress.js';
import { type DiagnosisInputs, handlersOf, listed, unboundOf } from './diagnosis-inputs.js';

/** State of a catalogue metric without a value above 0. */
export interface SilentMetric {
  readonly metric: CatalogueMetric;
  /** Kind of handlers that records it; `undefined` for a metric that no handler records. */
  readonly kind: HandlerKind | undefined;
  /** True for a gauge whose series are all 0. */
  readonly isZero: boolean;
  /** Needs that are met according to the series of other metrics, and the kinds with such series. */
  readonly seen: ReadonlySet<string>;
}

/** Returns reasons why a need is not met; empty when it is. */
type NeedCheck = (inputs: DiagnosisInputs, seen: ReadonlySet<string>) => readonly string[];

interface ProjectionCheck {
  readonly isMet: (progress: ProjectionProgress, inputs: DiagnosisInputs) => boolean;
  /** Reason for the projections that do not meet it; their names are appended. */
  readonly reason: string;
}

type NeedOfProjection =
  | 'owned projection'
  | 'projection series'
  | 'readable projection'
  | 'projection lag'
  | 'projection source'
  | 'projection head';

const projectionChecks: Readonly<Record<NeedOfProjection, ProjectionCheck>> = {
  'owned projection': {
    isMet: ({ owned }) => owned,
    reason: 'Another process publishes it',
  },
  'projection series': {
    isMet: ({ name }, { runtime }) => runtime.projections.of(name).series !== undefined,
    reason: 'A limit or rule of cardinality leaves it no series of its own',
  },
  'readable projection': {
    isMet: ({ unreadable }) => !unreadable,
    reason: 'Its head or checkpoint source has not answered for three periods (see faults)',
  },
  'projection lag': {
    isMet: (progress, inputs) =>
      sourcesOf(progress, inputs).head !== undefined ||
      (progress.lagEvents ?? progress.lagSeconds) !== undefined,
    reason:
      'It has no head source (option head of @Projection, or projections.head) and its last event has no known time ' +
      '(option eventTime)',
  },
  'projection source': {
    isMet: (progress, inputs) => {
      const { head, checkpoint } = sourcesOf(progress, inputs);
      return (head ?? checkpoint) !== undefined;
    },
    reason: 'It has no head source and no checkpoint source (options head and checkpoint)',
  },
  'projection head': {
    isMet: (progress, inputs) => sourcesOf(progress, inputs).head !== undefined,
    reason: 'It has no head source (option head of @Projection, or projections.head)',
  },
};

type NeedOfKind = 'handler' | `option ${string}`;

const checks: Readonly<Record<Exclude<MetricNeed, NeedOfProjection | NeedOfKind>, NeedCheck>> = {
  projection: (inputs, seen) =>
    inputs.runtime.projections.isEmpty ? handlerReasons(inputs, seen, projectionKind) : [],
  'store operation': (inputs, seen) => {
    if (seen.has('store operation')) return [];
    const lost = unboundOf(inputs, 'event_store');
    return [
      'No operation has ended on a store that instrumentEventStore() returned, in a method with @EventStoreOperation, or in ' +
        'startEventStoreOperation(). Is the store in use the one that was returned?',
      ...lostReasons(lost),
    ];
  },
  'stream count': ({ runtime }) =>
    runtime.eventStores.countsStreams
      ? []
      : [
          'No event store counts its streams: pass activeStreams to instrumentEventStore(), or an adapter with countStreams().',
        ],
  'stream versions': ({ runtime }) =>
    runtime.eventStores.namesStreams
      ? []
      : ['No event store has the option streamVersions of instrumentEventStore().'],
  pool: ({ runtime }) => {
    if (runtime.resources.hasPools) return [];
    return runtime.options.pools === false
      ? ['The option pools is false, and none is registered with registerPool().']
      : ['No provider is a connection pool of a known make: see registerPool().'];
  },
  'circuit breaker': ({ runtime }) => {
    if (runtime.resources.hasCircuitBreakers) return [];
    return runtime.options.circuitBreakers === false
      ? [
          'The option circuitBreakers is false, and none is registered with registerCircuitBreaker().',
        ]
      : ['No provider is a circuit breaker of a known make: see registerCircuitBreaker().'];
  },
  schedule: ({ runtime }) =>
    runtime.jobs.hasSchedule
      ? []
      : ['The application does not import ScheduleModule, or jobs is false.'],
  queue: ({ runtime }) =>
    runtime.jobs.queues.isEmpty
      ? ['The application registers no queue with BullModule, or jobs is false.']
      : [],
  messages: ({ runtime }) =>
    isRegistered(runtime, 'eventcore_messages_total')
      ? []
      : [
          'The application has no message handler, gateway or client of messages, or messages is false.',
        ],
  'websocket gateway': ({ runtime }) =>
    isRegistered(runtime, 'eventcore_websocket_connections')
      ? []
      : ['The application has no WebSocket gateway, or messages is false.'],
  graphql: ({ runtime }) =>
    isRegistered(runtime, 'eventcore_graphql_operations_total')
      ? []
      : ['The application does not import GraphQLModule, or graphql is false.'],
  outbound: ({ runtime }) =>
    runtime.options.outbound === false ? ['The option outbound is false.'] : [],
  'http metrics': ({ runtime }) =>
    runtime.http === undefined ? ['It is switched off: the option http is false.'] : [],
  logging: pluginNeed('logging'),
  history: pluginNeed('history'),
  pipelines: pluginNeed('pipelines'),
  performance: pluginNeed('performance'),
  alerting: pluginNeed('alerting'),
  databases: pluginNeed('databases'),
  usage: pluginNeed('usage'),
  mesh: pluginNeed('mesh'),
  'machine-learning': pluginNeed('machine-learning', 'machineLearning'),
  'gen-ai': pluginNeed('gen-ai', 'genAi'),
  aggregator: () => [
    'It is recorded where aggregateCluster() or aggregateThreads() was called, and is part of the metrics served there.',
  ],
};

function isRegistered({ registry, namespace }: DiagnosisInputs['runtime'], name: string): boolean {
  return registry.get(nameIn(namespace, name)) !== undefined;
}

function pluginNeed(plugin: string, made: string = plugin): NeedCheck {
  return ({ runtime }) =>
    runtime.plugins.some(({ name }) => name === plugin)
      ? []
      : [`The plugin ${made}() is not among plugins.`];
}

/** Returns reasons why a catalogue metric has no value above 0; at least one. */
export function silenceReasons(inputs: DiagnosisInputs, silent: SilentMetric): readonly string[] {
  const { needs = [], absentWhen, zeroWhen = absentWhen } = silent.metric;
  const reasons: string[] = [];
  let projections: readonly ProjectionProgress[] = inputs.runtime.projections.progress();
  for (const need of silent.isZero ? needs.filter((it) => !isOfProjection(it)) : needs) {
    if (!isOfProjection(need)) {
      const missing = isOfKind(need)
        ? kindReasons(inputs, silent, need)
        : checks[need](inputs, silent.seen);
      if (missing.length > 0) return missing;
      continue;
    }
    const { isMet, reason } = projectionChecks[need];
    const lacking = projections.filter((it) => !isMet(it, inputs));
    if (lacking.length > 0) reasons.push(`${reason}: ${listed(lacking.map((it) => it.name))}.`);
    projections = projections.filter((it) => !lacking.includes(it));
    if (projections.length === 0 && reasons.length > 0) return reasons;
  }
  return [...reasons, silent.isZero ? zeroWhen : absentWhen];
}

function isOfProjection(need: MetricNeed): need is NeedOfProjection {
  return need in projectionChecks;
}

function sourcesOf({ name }: ProjectionProgress, { runtime }: DiagnosisInputs) {
  return runtime.projections.of(name).tracker.settings;
}

function isOfKind(need: MetricNeed): need is NeedOfKind {
  return need === 'handler' || need.startsWith(OPTION);
}

const OPTION = 'option ';

function kindReasons(
  inputs: DiagnosisInputs,
  { kind, seen }: SilentMetric,
  need: NeedOfKind,
): readonly string[] {
  if (kind === undefined) return [];
  if (need === 'handler') return handlerReasons(inputs, seen, kind);
  const option = need.slice(OPTION.length);
  const isSet = handlersOf(inputs, kind).some(({ decoration }) => {
    const value = (decoration.options as Readonly<Record<string, unknown>>)[option];
    return value !== undefined && value !== false;
  });
  if (isSet) return [];
  const { decorator, optionsByHand } = kind.words;
  const byHand = optionsByHand?.[option];
  const otherwise = byHand === undefined ? '' : `, and ${byHand}`;
  return [`No handler has the option ${option} of ${decorator}${otherwise}.`];
}

function handlerReasons(
  inputs: DiagnosisInputs,
  seen: ReadonlySet<string>,
  kind: HandlerKind,
): string[] {
  if (seen.has(kind.name) || handlersOf(inputs, kind).length > 0) return [];
  const { decorator, byHand } = kind.words;
  const otherwise = byHand === undefined ? '' : `, and ${byHand} was not called`;
  return [
    `No handler with ${decorator} was found among the providers and controllers${otherwise}.`,
    ...lostReasons(unboundOf(inputs, kind.name)),
  ];
}

function lostReasons(lost: readonly string[]): string[] {
  return lost.length > 0 ? [`No part of the application: ${listed(lost)}.`] : [];
}
